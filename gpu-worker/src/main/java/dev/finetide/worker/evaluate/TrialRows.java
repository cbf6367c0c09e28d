package dev.finetide.worker.evaluate;

import dev.finetide.sft.text.TextRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// The rows on which the promptings of an arm are tried before one of them asks the evaluation's rows:
/// rows of the validation split, or train rows that are kept apart and are no examples in the trial.
///
/// @param source where the rows come from, in words
/// @param pool examples that the promptings may use
record TrialRows(List<TextRow> rows, String source, ExamplePool pool) {
    /// Largest number of rows of a trial.
    static final int MOST_ROWS = 100;

    /// Part of the train rows that is kept apart, as a divisor.
    private static final int PART_APART = 5;

    private static final long SEED = 20;

    /// Chooses the rows of an evaluation's trials, always the same ones for the same data.
    ///
    /// @param pool examples from all train rows
    static TrialRows of(EvaluationData data, ExamplePool pool) {
        if (!data.validation().isEmpty()) {
            List<TextRow> rows = shuffled(data.validation());
            return new TrialRows(rows.subList(0, Math.min(MOST_ROWS, rows.size())), "validation split", pool);
        }
        List<TextRow> rows = shuffled(data.train());
        int apart = Math.min(MOST_ROWS, Math.ceilDiv(rows.size(), PART_APART));
        if (rows.size() < 2) {
            apart = 0;
        }
        return new TrialRows(
                List.copyOf(rows.subList(0, apart)),
                "train rows kept apart",
                new ExamplePool(rows.subList(apart, rows.size()), true, pool.search()));
    }

    private static List<TextRow> shuffled(List<TextRow> rows) {
        List<TextRow> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(SEED));
        return shuffled;
    }
}
