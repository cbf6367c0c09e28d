package dev.finetide.metrics.match;

import dev.finetide.metrics.Answered;
import dev.finetide.metrics.text.AnswerText;
import dev.finetide.metrics.text.LabelIndex;
import java.util.List;

/// Finds the labels of rows. The index of the labels that were used last is kept, because rows of a
/// task share them.
final class LabelPairs {
    private volatile Indexed last = new Indexed(List.of());

    LabelPair of(Answered row) {
        Indexed indexed = last;
        if (indexed.labels != row.labels() && !indexed.labels.equals(row.labels())) {
            indexed = new Indexed(row.labels());
            last = indexed;
        }
        int expected = indexed.index.of(row.expected());
        int answered = indexed.index.of(row.answer());
        if (expected >= 0) {
            return new LabelPair(expected, answered);
        }
        int other = row.labels().size();
        boolean same = answered < 0 && AnswerText.same(row.expected(), row.answer());
        return new LabelPair(other, same ? other : answered);
    }

    private static final class Indexed {
        private final List<String> labels;
        private final LabelIndex index;

        Indexed(List<String> labels) {
            this.labels = labels;
            this.index = new LabelIndex(labels);
        }
    }
}
