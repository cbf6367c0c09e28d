package dev.finetide.worker;

import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.worker.v1.ArmFailed;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerStopped;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.worker.evaluate.AnsweredBefore;
import dev.finetide.worker.evaluate.ArmModels;
import dev.finetide.worker.evaluate.Evaluation;
import dev.finetide.worker.evaluate.EvaluationListener;
import dev.finetide.worker.evaluate.OutsideSources;
import dev.finetide.worker.evaluate.endpoint.EndpointKeys;
import dev.finetide.worker.evaluate.endpoint.Patience;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Runs one evaluation attempt: all arms of a base answer the rows of a split over one loaded base.
/// Every group of answers is reported at once; the service sums them up.
@Command(name = "evaluate", description = "Evaluates as the spec says and reports to the eval-service.")
final class EvaluateCommand implements Callable<Integer> {
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
        EvaluateTask task = attempt.spec().getEvaluate();
        TrainingConfig config = task.getConfig();
        AttemptInputs inputs = new AttemptInputs(attempt);
        Progress progress = attempt.progress();
        progress.begin("fetching the base");
        Path baseDirectory = inputs.fetchBase(scratch);
        EngineOptions options = machine.engine(config);
        progress.begin("loading the base");
        try (CausalLm base = attempt.trace().inSpan("load model", () -> CausalLm.load(baseDirectory, options))) {
            EvaluationInputs read = EvaluationInputs.read(inputs::readRows, base, attempt.spec(), progress)
                    .probedBy(new ProbeInputs(
                                    attempt.spec(),
                                    RowTokenizer.of(base, config, attempt.spec(), progress)
                                            .encoder(),
                                    inputs::drawRows)
                            .probes());
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setStarted(AttemptRunner.startedReport(base)
                                    .setTotalParameters(base.parameterCount())
                                    .setEvaluationRows(read.report())));
            JudgeStage judge =
                    JudgeStage.prepared(attempt, inputs, read.data().rows().size(), stop);
            OutsideSources outside =
                    new OutsideSources(EndpointKeys.ofEnvironment(), Patience.USUAL, inputs::readFrozenAnswers);
            ArmModels models = new ArmModels(
                    base,
                    options,
                    RowTokenizer.templateTime(attempt.spec()),
                    arm -> {
                        progress.begin(
                                "loading the model of arm " + arm.getArm().getName());
                        return fetch(inputs, arm, scratch);
                    },
                    outside);
            PassageSources passages = PassageInputs.of(inputs, options, scratch, progress);
            progress.begin("asking the first arm");
            boolean finished = new Evaluation(
                            models,
                            read.data(),
                            AnsweredBefore.of(attempt.claimed()),
                            new Reporter(attempt, stop, read.data().rows().size()),
                            passages)
                    .run(task.getArmsList());
            if (finished) {
                AttemptInputs.clear(passages.vectors());
            }
            finished = finished && judge.run(read.data(), base);
            attempt.reports().report(finished ? finished(started) : stopped());
            return finished;
        }
    }

    private static Path fetch(AttemptInputs inputs, EvaluationArm arm, Path scratch) {
        String name = arm.getArm().getName();
        return inputs.fetchFiles(arm.getFilesList(), scratch.resolve("arms").resolve(name), "model of arm " + name);
    }

    private static WorkerEvent.Builder finished(long started) {
        return WorkerEvent.newBuilder()
                .setEvaluationFinished(EvaluationFinished.newBuilder()
                        .setSeconds((System.nanoTime() - started) / 1e9)
                        .setPeakMemoryBytes(TorchRuntime.peakResidentBytes()));
    }

    private static WorkerEvent.Builder stopped() {
        return WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance());
    }

    /// Turns what the evaluation finds out into reports.
    private static final class Reporter implements EvaluationListener {
        private final ClaimedAttempt attempt;
        private final StopSignal stop;
        private final int rows;
        private int answered;

        Reporter(ClaimedAttempt attempt, StopSignal stop, int rows) {
            this.attempt = attempt;
            this.stop = stop;
            this.rows = rows;
        }

        @Override
        public void onPrepared(ArmPreparation preparation) {
            answered = 0;
            attempt.progress().begin("asking the rows in the way of arm " + preparation.getArm());
            attempt.reports().report(WorkerEvent.newBuilder().setArmPrepared(preparation));
        }

        @Override
        public void onTried(String arm, String prompting, double score, int tried) {
            System.out.printf("arm %s: %s: %.4f on %d rows%n", arm, prompting, score, tried);
        }

        @Override
        public void onProbe(String arm, String probe) {
            answered = 0;
            attempt.progress().begin("probing arm " + arm + " with " + probe);
        }

        @Override
        public void onResults(List<ExampleResult> results) {
            ResultBatches.of(results)
                    .forEach(batch ->
                            attempt.reports().report(WorkerEvent.newBuilder().setResults(batch)));
            answered += results.size();
            results.forEach(_ -> attempt.progress().count());
            ExampleResult first = results.getFirst();
            System.out.printf(
                    "arm %s: %d answers to %s%n",
                    first.getArm(), answered, first.getProbe().isEmpty() ? rows + " rows" : first.getProbe());
        }

        @Override
        public void awaitKept() {
            attempt.awaitKept(stop);
        }

        @Override
        public void onArmFailed(String arm, Throwable failure) {
            WorkerFailure told = AttemptRunner.explain(failure);
            if (told.retryable() || told.reason() == WorkerFailure.Reason.STORAGE_FULL) {
                throw told;
            }
            System.err.println("arm " + arm + ": " + told.reason() + ": " + told.getMessage());
            if (told.reason() == WorkerFailure.Reason.WORKER_FAILED) {
                failure.printStackTrace();
            }
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setArmFailed(ArmFailed.newBuilder().setArm(arm).setError(told.toProto())));
        }

        @Override
        public boolean stopRequested() {
            return stop.raised();
        }
    }
}
