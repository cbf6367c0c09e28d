package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.sft.text.Preface;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import java.util.List;

/// Lets one arm whose model is outside of the engine answer the rows that it has not answered yet. An
/// answer that may cost money is kept outside of this process before the row after it is asked, so that a
/// process that is killed loses no more answers than requests were open.
final class OutsideRun {
    /// Number of rows that are prompted before they are asked, which bounds the memory of long prompts.
    private static final int ROWS_AT_ONCE = 256;

    private final ArmRows rows;
    private final RowEncoder encoder;
    private final ExamplePool pool;
    private final EvaluationListener listener;

    /// @param encoder encoder of the base, which says what the expected answers are
    /// @param pool train rows that may be examples
    OutsideRun(ArmRows rows, RowEncoder encoder, ExamplePool pool, EvaluationListener listener) {
        this.rows = rows;
        this.encoder = encoder;
        this.pool = pool;
        this.listener = listener;
    }

    /// Answers the rows.
    ///
    /// @return whether all rows are answered; false when the listener asked to stop
    /// @throws IllegalArgumentException when the arm cannot answer them
    boolean run(OutsideModel model) {
        Prompting prompting = prompting();
        if (rows.before().preparation(rows.arm().getName()).isEmpty()) {
            listener.onPrepared(ArmPreparation.newBuilder()
                    .setArm(rows.arm().getName())
                    .setPrompting(prompting)
                    .setAnswerRule(rows.data().measuring().rule().describe() + model.describe())
                    .build());
        }
        for (int repeat = 0; repeat < PromptingTexts.repeats(prompting); repeat++) {
            if (!run(model, prompting, repeat)) {
                return false;
            }
        }
        return true;
    }

    private boolean run(OutsideModel model, Prompting prompting, int repeat) {
        List<Integer> left = rows.pending(repeat);
        for (int from = 0; from < left.size(); from += ROWS_AT_ONCE) {
            List<PromptedRow> prompted = left.subList(from, Math.min(left.size(), from + ROWS_AT_ONCE)).stream()
                    .map(index -> prompted(index, prompting, repeat))
                    .toList();
            if (!model.answer(prompted, results -> take(model, results, repeat), listener::stopRequested)) {
                return false;
            }
        }
        return true;
    }

    private void take(OutsideModel model, List<ExampleResult.Builder> results, int repeat) {
        listener.onResults(
                results.stream().map(result -> rows.finished(result, repeat)).toList());
        if (model.isPaid()) {
            listener.awaitKept();
        }
    }

    private Prompting prompting() {
        Prompting given = rows.arm().getPromptingsCount() == 0
                ? Prompting.getDefaultInstance()
                : rows.arm().getPromptings(0);
        return PromptingTexts.filled(given, rows.data().taskInstruction());
    }

    private PromptedRow prompted(int index, Prompting prompting, int repeat) {
        SourcedRow sourced = rows.row(index);
        TextRow row = sourced.row();
        List<TextRow> nearestFirst = pool.examples(prompting.getExamples(), repeat, row);
        boolean nearestLast = prompting.getExamples().getOrder() != ExampleOrder.NEAREST_FIRST;
        List<TextRow> examples = nearestLast ? nearestFirst.reversed() : nearestFirst;
        RowPassages passages = pool.passages(prompting.getRetrieval(), row);
        TextRow asked =
                PassagePrompt.with(passages.texts(), prompting.getRetrieval().getTemplate(), row);
        TextRow text = new Preface(prompting.getSystem(), prompting.getInstruction(), examples).before(asked, true);
        return new PromptedRow(index, text, encoder.examine(row), 0, passages).accepting(sourced.tags());
    }
}
