package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.Preface;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowFinding;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TextRow;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/// Turns rows into the tokens that an arm is asked with, by one prompting. Nothing is cut: examples
/// that do not fit are dropped whole, the least similar or last drawn first, then passages, the worst
/// first. Both are counted.
final class RowPrompter {
    private final Prompting prompting;
    private final RowEncoder encoder;
    private final ExamplePool pool;
    private final int longestPrompt;

    /// @param prompting texts and examples; an instruction of the task is filled in already
    /// @param encoder encoder of the arm's model, which accepts rows as long as the model's context
    /// @param longestPrompt largest number of tokens of a prompt with examples
    RowPrompter(Prompting prompting, RowEncoder encoder, ExamplePool pool, int longestPrompt) {
        this.prompting = prompting;
        this.encoder = encoder;
        this.pool = pool;
        this.longestPrompt = longestPrompt;
    }

    /// Prompts one row.
    ///
    /// @param index place of the row among the asked rows
    /// @param repeat draw of examples that are drawn at random
    /// @throws RowRefused when the row cannot be asked even without examples and passages
    PromptedRow prompt(int index, TextRow row, int repeat) {
        List<TextRow> examples = pool.examples(prompting.getExamples(), repeat, row);
        RowPassages passages = pool.passages(prompting.getRetrieval(), row);
        int most = passages.fitting() + examples.size();
        IntFunction<Optional<PromptedRow>> with = count ->
                fitting(index, row, passages.best(count), examples.subList(0, Math.max(0, count - passages.fitting())));
        Optional<PromptedRow> best = with.apply(most);
        if (best.isPresent()) {
            return best.get();
        }
        best = with.apply(0);
        int fits = 0;
        int tooMany = most;
        while (tooMany - fits > 1) {
            int middle = (fits + tooMany) / 2;
            Optional<PromptedRow> prompted = with.apply(middle);
            if (prompted.isPresent()) {
                fits = middle;
                best = prompted;
            } else {
                tooMany = middle;
            }
        }
        return best.orElseThrow();
    }

    /// Returns the row with passages and examples, or nothing if it is too long with them.
    private Optional<PromptedRow> fitting(int index, TextRow row, RowPassages passages, List<TextRow> examples) {
        boolean alone = examples.isEmpty() && passages.shown() == 0;
        int wanted = Math.max(prompting.getExamples().getCount(), examples.size());
        try {
            TextRow asked = PassagePrompt.with(
                    passages.texts(), prompting.getRetrieval().getTemplate(), row);
            TextRow text = preface(examples).before(asked, encoder.writesTurns());
            ExaminedRow examined = encoder.examine(text);
            return alone || examined.answer() <= longestPrompt
                    ? Optional.of(new PromptedRow(index, text, examined, wanted - examples.size(), passages))
                    : Optional.empty();
        } catch (RowRefused refused) {
            if (!alone && refused.finding().equals(Optional.of(RowFinding.TOO_LONG))) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private Preface preface(List<TextRow> nearestFirst) {
        boolean nearestLast = prompting.getExamples().getOrder() != ExampleOrder.NEAREST_FIRST;
        return new Preface(
                prompting.getSystem(),
                prompting.getInstruction(),
                nearestLast ? nearestFirst.reversed() : nearestFirst);
    }
}
