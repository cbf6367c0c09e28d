package dev.finetide.worker.evaluate;

import dev.finetide.metrics.Task;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextRow;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/// Asks rows in the way of one arm and one prompting, and measures the answers.
final class ArmQuestions {
    private static final String BLANK_LINE = "\n\n";

    /// Tokens that a template may add to a label when the label is an answer.
    private static final int CLOSING_TOKENS = 4;

    private final AskedModel model;
    private final Prompting prompting;
    private final ExamplePool pool;
    private final RowPrompter prompter;
    private final Asking asking;
    private final RowMeasures measures;

    /// @param prompting prompting with nothing left unspecified
    /// @param pool train rows that may be examples
    /// @param withLoss whether the expected answers are scored, too
    /// @throws IllegalArgumentException when the task has no choices for an arm that chooses
    ArmQuestions(
            Arm arm, AskedModel model, Prompting prompting, ExamplePool pool, EvaluationData data, boolean withLoss) {
        this.model = model;
        this.prompting = prompting;
        this.pool = pool;
        boolean chooses = arm.getAnswering() == Answering.CHOOSE;
        boolean knowsForm = !model.isBase() || prompting.getExamples().getCount() > 0;
        int longestReply = data.longestReply(knowsForm);
        int room = chooses ? Math.max(data.maxNewTokens(), longestLabel(model, data)) : longestReply;
        this.prompter = new RowPrompter(
                prompting, model.encoder(), pool, model.lm().config().maxPositions() - room);
        this.asking = asking(chooses, longestReply, data, withLoss);
        this.measures = new RowMeasures(data.measuring());
    }

    private Asking asking(boolean chooses, int longestReply, EvaluationData data, boolean withLoss) {
        if (chooses) {
            return new Choosing(model.lm(), model.encoder(), labels(data), withLoss);
        }
        return data.measuring().task() == Task.TEXT
                ? new Predicting(model.lm())
                : new Writing(model.lm(), longestReply, model.encoder().stopIds(), stopStrings(data), withLoss);
    }

    private static List<String> labels(EvaluationData data) {
        if (data.measuring().labels().isEmpty()) {
            throw new IllegalArgumentException("answering CHOOSE: expected the task CLASSIFICATION, the task is "
                    + data.measuring().task() + " (" + data.measuring().reason() + ")");
        }
        return data.measuring().labels();
    }

    private static int longestLabel(AskedModel model, EvaluationData data) {
        return CLOSING_TOKENS
                + labels(data).stream()
                        .mapToInt(label -> model.lm().tokenizer().encode(label, false).length)
                        .max()
                        .orElseThrow();
    }

    /// Returns the texts that end an answer. A base that reads solved examples as text would go on with
    /// the next example, which a blank line separates. The blank line ends the answer unless answers
    /// have such lines.
    private List<String> stopStrings(EvaluationData data) {
        boolean textExamples =
                !model.encoder().writesTurns() && prompting.getExamples().getCount() > 0;
        boolean inAnswers =
                data.train().stream().anyMatch(row -> RowTexts.answer(row).contains(BLANK_LINE));
        return textExamples && !inAnswers ? List.of(BLANK_LINE) : List.of();
    }

    /// Returns what this way of asking does with an output before the task's rule cuts the answer out
    /// of it.
    String describe() {
        return asking.describe();
    }

    /// Prompts a row.
    ///
    /// @param index place of the row, which its result will have
    /// @param repeat draw of examples that are drawn at random
    /// @throws RowRefused when the row cannot be asked even without examples
    PromptedRow prompt(int index, TextRow row, int repeat) {
        return prompter.prompt(index, row, repeat);
    }

    /// Refuses rows none of which has room for an example, or for a passage, though such are asked for.
    ///
    /// @throws IllegalArgumentException when that is so
    void requireRoom(Collection<PromptedRow> rows) {
        int wanted = prompting.getExamples().getCount();
        boolean none = !rows.isEmpty() && rows.stream().allMatch(row -> row.droppedExamples() >= wanted);
        if (Math.min(wanted, pool.size()) > 0 && none) {
            throw new IllegalArgumentException("the context of "
                    + model.lm().config().maxPositions() + " tokens has no room for any example, for none of "
                    + rows.size() + " rows");
        }
        boolean noPassage = !rows.isEmpty()
                && rows.stream().anyMatch(row -> row.passages().fitting() > 0)
                && rows.stream().allMatch(row -> row.passages().shown() == 0);
        if (noPassage) {
            throw new IllegalArgumentException("the context of "
                    + model.lm().config().maxPositions()
                    + " tokens has no room for any passage of "
                    + where(prompting.getRetrieval().getDocuments()) + ", for none of " + rows.size() + " rows");
        }
    }

    private static String where(String documents) {
        return documents.isEmpty() ? "the train rows" : documents;
    }

    /// Asks prompted rows and returns a result for each, without what a result says about its
    /// evaluation.
    List<ExampleResult.Builder> ask(List<PromptedRow> rows) {
        List<Reply> replies = asking.ask(rows);
        return IntStream.range(0, rows.size())
                .mapToObj(i -> result(rows.get(i), replies.get(i)))
                .toList();
    }

    private ExampleResult.Builder result(PromptedRow row, Reply reply) {
        return measures.result(row, reply, model.encoder(), row::calls)
                .setSentPrompt(model.lm().tokenizer().decode(row.examined().prompt(), false));
    }
}
