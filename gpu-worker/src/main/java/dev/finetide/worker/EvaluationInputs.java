package dev.finetide.worker;

import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.proto.evaluation.v1.DataFindings;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.AnswerLeakFindings;
import dev.finetide.worker.evaluate.EvaluationData;
import dev.finetide.worker.evaluate.Measuring;
import dev.finetide.worker.evaluate.PassageMetrics;
import dev.finetide.worker.evaluate.TrainFindings;
import dev.finetide.worker.evaluate.probe.Probe;
import java.util.List;

/// The rows of an evaluation, read and examined before anything is computed.
///
/// @param data rows and yardstick
/// @param report what was found in the rows
record EvaluationInputs(EvaluationData data, EvaluationRows report) {
    private static final String VALIDATION = "validation";

    /// Tokens in which a model can say some sentences around its answer.
    private static final int TALK_TOKENS = 48;

    /// Tokens in which a model can work out a number before it gives it.
    private static final int REASONING_TOKENS = 160;

    /// Reads the rows of a split in the order of the dataset, at most `limit` of them; 0 for all.
    interface StoredRows {
        List<SourcedRow> read(String split, int limit);
    }

    /// Reads all splits, and examines the rows that are asked.
    ///
    /// @throws WorkerFailure INVALID_DATA naming the split without rows, or the first row that cannot
    ///     be used; BAD_CONFIGURATION naming a setting that cannot be
    ///
    /// @param stored reads the rows of a split
    /// @param progress counts the rows that are examined
    static EvaluationInputs read(StoredRows stored, CausalLm base, WorkerSpec spec, Progress progress) {
        EvaluateTask task = spec.getEvaluate();
        TrainingConfig config = task.getConfig();
        String split = task.getSplit().isEmpty() ? "test" : task.getSplit();
        RowTokenizer tokenizer = RowTokenizer.of(base, config, spec, progress);
        RowFindings findings = tokenizer.findings();
        List<SourcedRow> read = stored.read(split, config.getEvaluation().getMaxRows());
        if (read.isEmpty()) {
            throw new WorkerFailure(
                    WorkerFailure.Reason.INVALID_DATA,
                    "the " + split + " split of " + spec.getDatasetVersion().getName() + " has no rows");
        }
        RowTokenizer.Split rows = tokenizer.examine(read, split, findings);
        if (rows.rows().isEmpty()) {
            throw findings.allLeftOut(split);
        }
        boolean areTexts = rows.rows().getFirst().row() instanceof TextOnlyRow;
        int maxNewTokens = areTexts ? 1 : TrainingRows.maxNewTokens(config, rows, findings);
        List<TextRow> train = texts(stored.read("train", 0), tokenizer);
        List<TextRow> validation = split.equals(VALIDATION) ? List.of() : texts(stored.read(VALIDATION, 0), tokenizer);
        Measuring measuring = areTexts
                ? Measuring.ofTexts(config.getEvaluation())
                : Measuring.of(
                        config.getEvaluation(),
                        train.stream().map(RowTexts::userText).toList(),
                        train.stream().map(RowTexts::answer).toList(),
                        Math.toIntExact(
                                train.stream().filter(RowTexts::offersTools).count()),
                        base.chatTemplate()
                                .map(template -> CallConvention.of(template.textWithTools()))
                                .orElse(CallConvention.PLAIN_JSON));
        int talk = maxNewTokens == longestAnswer(rows) ? talkTokens(measuring.task(), config) : 0;
        DataFindings.Builder found = TrainFindings.of(train, measuring.task()).toBuilder();
        AnswerLeakFindings.of(task.getArmsList(), rows.rows(), train).ifPresent(found::setAnswerLeaks);
        EvaluationRows report = measuring
                .report()
                .addAllMetrics(PassageMetrics.of(task.getArmsList(), rows.rows()))
                .setRows(rows.rows().size())
                .setData(found)
                .setRowReport(findings.report())
                .setMaxNewTokens(maxNewTokens)
                .build();
        return new EvaluationInputs(
                new EvaluationData(split, rows.rows(), train, validation, measuring, maxNewTokens, talk), report);
    }

    /// Returns the same rows with probes.
    EvaluationInputs probedBy(List<Probe> probes) {
        return new EvaluationInputs(
                data.probedBy(probes),
                report.toBuilder()
                        .addAllProbes(probes.stream().map(Probe::report).toList())
                        .build());
    }

    /// Returns the tokens by which a reply may be longer than the answer that is cut out of it; 0 where
    /// the whole reply is the answer.
    private static int talkTokens(Task task, TrainingConfig config) {
        return switch (task) {
            case NUMBER -> REASONING_TOKENS;
            case TEXT -> 0;
            case CLASSIFICATION, JSON_EXTRACTION, FUNCTION_CALLS -> TALK_TOKENS;
            case SHORT_ANSWER, SUMMARY, FREE_TEXT ->
                config.getEvaluation().getAnswerPattern().isEmpty() ? 0 : TALK_TOKENS;
        };
    }

    /// Returns the tokens of the longest expected answer. A limit of that size is the usual one, and
    /// another limit is the user's, which holds for every reply.
    private static int longestAnswer(RowTokenizer.Split rows) {
        return rows.examined().stream()
                .mapToInt(ExaminedRow::answerTokens)
                .max()
                .orElseThrow();
    }

    /// Returns the texts of rows, without those that the settings leave out of training.
    private static List<TextRow> texts(List<SourcedRow> rows, RowTokenizer tokenizer) {
        return rows.stream()
                .map(SourcedRow::row)
                .filter(TextRow::hasAnswer)
                .filter(row -> tokenizer.leftOut().isEmpty() || isUsable(row, tokenizer))
                .toList();
    }

    private static boolean isUsable(TextRow row, RowTokenizer tokenizer) {
        tokenizer.progress().count();
        try {
            tokenizer.encoder().examine(row);
            return true;
        } catch (RowRefused refused) {
            return false;
        }
    }
}
