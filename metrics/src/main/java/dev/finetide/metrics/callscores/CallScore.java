package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallMatching;
import dev.finetide.metrics.calls.CallReply;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.metrics.calls.TextRule;
import java.util.function.ToDoubleFunction;

/// A metric that reads the calls of an answer.
interface CallScore extends Metric {
    @Override
    default boolean suits(Task task, Settings settings) {
        return switch (task) {
            case FUNCTION_CALLS -> true;
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, JSON_EXTRACTION, SUMMARY, FREE_TEXT, TEXT -> false;
        };
    }

    /// Returns what the row says about its calls.
    static RowCalls known(Answered row) {
        return row.calls().orElseGet(RowCalls::unknown);
    }

    /// Returns the calls of the answer.
    static CallReply reply(Answered row) {
        return known(row).convention().read(row.answer());
    }

    /// Compares the calls of the answer with those that the row expects.
    static double[] compared(Answered row, TextRule texts, ToDoubleFunction<CallMatching> score) {
        return new double[] {known(row).expected(row.expected(), texts).best(reply(row), score)};
    }
}
