package dev.finetide.suitability.contents;

import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.suitability.Shares;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Counts the different answers of a split, as long as they are few and short. Not thread-safe.
final class AnswerClasses {
    static final int MOST_NAMED = 200;
    private static final int MOST_COUNTED = 10_000;
    private static final int LONGEST = 200;

    private final Map<String, Long> counts = new HashMap<>();
    private boolean tooMany;

    void add(String answer) {
        if (tooMany || answer.isEmpty()) {
            return;
        }
        if (answer.length() > LONGEST || counts.size() == MOST_COUNTED && !counts.containsKey(answer)) {
            tooMany = true;
            counts.clear();
        } else {
            counts.merge(answer, 1L, Long::sum);
        }
    }

    /// Returns the number of different answers; 0 if they are too many or too long to be classes.
    int size() {
        return counts.size();
    }

    List<ShareOf> largest() {
        return Shares.largest(counts, MOST_NAMED);
    }

    /// Returns the entropy of 2 classes or more, divided by that of equal shares.
    double balance() {
        double rows = counts.values().stream().mapToLong(Long::longValue).sum();
        double entropy = counts.values().stream()
                .mapToDouble(count -> -(count / rows) * Math.log(count / rows))
                .sum();
        return Math.min(1, entropy / Math.log(counts.size()));
    }
}
