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
/// that do not fit are dropped whole, the least similar or last drawn first, and counted.
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
    /// @throws RowRefused when the row cannot be asked even without examples
    PromptedRow prompt(int index, TextRow row, int repeat) {
        List<TextRow> examples = pool.examples(prompting.getExamples(), repeat, row);
        int wanted = Math.max(prompting.getExamples().getCount(), examples.size());
        IntFunction<Optional<PromptedRow>> with =
                count -> fitting(index, row, examples.subList(0, count), wanted - count);
        Optional<PromptedRow> best = with.apply(examples.size());
        if (best.isPresent()) {
            return best.get();
        }
        best = with.apply(0);
        int fits = 0;
        int tooMany = examples.size();
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

    /// Returns the row with examples, or nothing if it is too long with them.
    private Optional<PromptedRow> fitting(int index, TextRow row, List<TextRow> examples, int dropped) {
        try {
            TextRow text = preface(examples).before(row, encoder.writesTurns());
            ExaminedRow examined = encoder.examine(text);
            return examples.isEmpty() || examined.answer() <= longestPrompt
                    ? Optional.of(new PromptedRow(index, text, examined, dropped))
                    : Optional.empty();
        } catch (RowRefused refused) {
            if (!examples.isEmpty() && refused.finding().equals(Optional.of(RowFinding.TOO_LONG))) {
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
