package dev.finetide.worker.evaluate;

import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.probe.Probe;
import java.util.List;

/// The rows of an evaluation, and what its answers are measured by.
///
/// @param split name of the split whose rows are asked
/// @param rows rows that each arm answers, one or more
/// @param train rows of the train split, from which examples come
/// @param validation rows on which promptings are tried; empty where there are none, or where they are
///     the asked rows
/// @param maxNewTokens tokens that an answer may have
/// @param talkTokens tokens that a reply may have in addition where neither training nor examples have
///     shown the form of answers, because such a model talks around its answer
/// @param probes rows that show behaviour beside the task, which some arms are asked, too
public record EvaluationData(
        String split,
        List<SourcedRow> rows,
        List<TextRow> train,
        List<TextRow> validation,
        Measuring measuring,
        int maxNewTokens,
        int talkTokens,
        List<Probe> probes) {
    public EvaluationData {
        probes = List.copyOf(probes);
        rows = List.copyOf(rows);
        train = List.copyOf(train);
        validation = List.copyOf(validation);
    }

    public EvaluationData(
            String split,
            List<SourcedRow> rows,
            List<TextRow> train,
            List<TextRow> validation,
            Measuring measuring,
            int maxNewTokens,
            int talkTokens) {
        this(split, rows, train, validation, measuring, maxNewTokens, talkTokens, List.of());
    }

    /// Returns the same data with probes.
    public EvaluationData probedBy(List<Probe> wanted) {
        return new EvaluationData(split, rows, train, validation, measuring, maxNewTokens, talkTokens, wanted);
    }

    /// Returns the tokens that a reply may have.
    ///
    /// @param knowsForm whether training or examples have shown the form of answers
    int longestReply(boolean knowsForm) {
        return maxNewTokens + (knowsForm ? 0 : talkTokens);
    }

    /// Writes the instruction that the task suggests.
    String taskInstruction() {
        return TaskInstruction.of(
                measuring.task(),
                measuring.labels(),
                train.stream().map(RowTexts::answer).toList());
    }
}
