package dev.finetide.worker;

import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerStopped;
import dev.finetide.sft.Adapter;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Runs one evaluation attempt. The base and the tuned model answer the held-out rows greedily and score the expected
/// answers. Both models answer a group of rows before the next group; every group's answers are reported at once, and
/// the sums at the end.
@Command(name = "evaluate", description = "Evaluates as the spec says and reports to the eval-service.")
final class EvaluateCommand implements Callable<Integer> {
    /// Rows of a group: enough to fill a batch, and few enough to show progress.
    private static final int ROWS_A_REPORT = 64;

    @Option(names = "--spec", required = true, paramLabel = "FILE", description = "WorkerSpec as JSON")
    private Path spec;

    @Mixin
    private MachineOptions machine;

    @Override
    public Integer call() throws IOException, InterruptedException {
        return AttemptRunner.run("evaluate", spec, this::evaluate);
    }

    private boolean evaluate(ClaimedAttempt attempt, Path scratch, StopSignal stop) throws IOException {
        long started = System.nanoTime();
        TrainingConfig config = attempt.spec().getEvaluate().getConfig();
        AttemptInputs inputs = new AttemptInputs(attempt);
        Path baseDirectory = inputs.fetchBase(scratch);
        Path tunedDirectory = inputs.fetchFiles(
                attempt.spec().getEvaluate().getOutput().getFilesList(), scratch.resolve("tuned"), "tuned model");
        EngineOptions options = machine.engine(config);
        try (CausalLm base = attempt.trace().inSpan("load model", () -> CausalLm.load(baseDirectory, options));
                Tuned tuned = Tuned.open(attempt, base, tunedDirectory, options)) {
            RowTokenizer tokenizer = RowTokenizer.of(base, config, attempt.spec());
            RowFindings findings = tokenizer.findings();
            RowTokenizer.Split rows = tokenizer.examine(
                    inputs.readRows("test", config.getEvaluation().getMaxRows()), "test", findings);
            if (rows.rows().isEmpty()) {
                throw findings.allLeftOut("test");
            }
            int maxNewTokens = TrainingRows.maxNewTokens(config, rows, findings);
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setStarted(AttemptRunner.startedReport(base)
                                    .setTotalParameters(base.parameterCount())
                                    .setTestRows(rows.rows().size())));
            Answers answers = new Answers(
                    tokenizer,
                    rows,
                    maxNewTokens,
                    attempt.spec().getDatasetVersion().getJsonAnswers());
            AnswerMetrics.Sum baseSum = new AnswerMetrics.Sum();
            AnswerMetrics.Sum tunedSum = new AnswerMetrics.Sum();
            for (int from = 0; from < rows.rows().size(); from += ROWS_A_REPORT) {
                if (stop.raised()) {
                    attempt.reports().report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
                    return false;
                }
                int to = Math.min(rows.rows().size(), from + ROWS_A_REPORT);
                tuned.off();
                report(attempt, answers.of(base, Variant.BASE, from, to), baseSum);
                tuned.on();
                report(attempt, answers.of(tuned.model(), Variant.TUNED, from, to), tunedSum);
                System.out.printf("evaluated %d/%d rows%n", to, rows.rows().size());
            }
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setEvaluationFinished(evaluationReport(baseSum, tunedSum, started)
                                    .setRowReport(findings.report())
                                    .setMaxNewTokens(maxNewTokens)));
            return true;
        }
    }

    private static void report(ClaimedAttempt attempt, List<ExampleResult> results, AnswerMetrics.Sum sum) {
        results.forEach(sum::add);
        ResultBatches.of(results)
                .forEach(batch ->
                        attempt.reports().report(WorkerEvent.newBuilder().setResults(batch)));
    }

    private static EvaluationReport.Builder evaluationReport(
            AnswerMetrics.Sum base, AnswerMetrics.Sum tuned, long started) {
        return EvaluationReport.newBuilder()
                .setBase(base.metrics())
                .setTuned(tuned.metrics())
                .setSeconds((System.nanoTime() - started) / 1e9)
                .setPeakMemoryBytes(TorchRuntime.peakResidentBytes());
    }

    /// The tuned model: the base with the adapter switched on, or a full model of its own.
    private record Tuned(CausalLm model, Adapter adapter, boolean owned) implements AutoCloseable {
        static Tuned open(ClaimedAttempt attempt, CausalLm base, Path directory, EngineOptions options) {
            return attempt.spec().getEvaluate().getOutput().getKind() == ModelKind.FULL_MODEL
                    ? new Tuned(CausalLm.load(directory, options), null, true)
                    : new Tuned(base, base.attach(directory), false);
        }

        void on() {
            if (adapter != null) {
                adapter.on();
            }
        }

        void off() {
            if (adapter != null) {
                adapter.off();
            }
        }

        @Override
        public void close() {
            if (owned) {
                model.close();
            } else {
                adapter.close();
            }
        }
    }

    /// Makes the results of a model on a part of the rows.
    private record Answers(RowTokenizer tokenizer, RowTokenizer.Split rows, int maxNewTokens, boolean jsonAnswers) {
        List<ExampleResult> of(CausalLm model, Variant variant, int from, int to) {
            List<ExaminedRow> part = rows.examined().subList(from, to);
            List<Generation> generations = new Generator(model)
                    .generate(
                            part.stream().map(ExaminedRow::prompt).toList(),
                            GenerationConfig.greedy(
                                    maxNewTokens, tokenizer.encoder().stopIds()));
            List<RowScore> scores = new Scorer(model)
                    .score(part.stream().map(ExaminedRow::tokens).toList());
            return IntStream.range(0, part.size())
                    .mapToObj(i -> result(model, variant, from + i, generations.get(i), scores.get(i)))
                    .toList();
        }

        private ExampleResult result(
                CausalLm model, Variant variant, int index, Generation generation, RowScore score) {
            SourcedRow row = rows.rows().get(index);
            String expected = rows.examined().get(index).expected();
            String output = model.tokenizer().decode(generation.newTokens(), true);
            ExampleResult.Builder result = ExampleResult.newBuilder()
                    .setRow(index)
                    .setVariant(variant)
                    .setPrompt(RowTokenizer.question(row.row()))
                    .setExpected(expected)
                    .setOutput(output)
                    .setExactMatch(AnswerMetrics.exactMatch(expected, output))
                    .setTokenF1(AnswerMetrics.tokenF1(expected, output))
                    .setNll(score.nll())
                    .setTokens(score.supervisedTokens())
                    .setTotalRows(rows.rows().size())
                    .setOutputCut(generation.stopReason() != Generation.StopReason.STOP_TOKEN);
            row.source()
                    .ifPresent(source -> result.setPlace(
                            RowPlace.newBuilder().setFile(source.file()).setLine(source.line())));
            if (jsonAnswers) {
                result.setValidJson(AnswerMetrics.validJson(output));
            }
            return result.build();
        }
    }
}
