package dev.finetide.suitability;

import dev.finetide.metrics.stats.Interval;
import dev.finetide.metrics.stats.Wilson;
import dev.finetide.proto.dataset.v1.Share;
import dev.finetide.proto.dataset.v1.ShareOf;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Writes shares of rows.
public final class Shares {
    private Shares() {}

    /// Returns a share with its 95 % interval.
    ///
    /// @param of number of rows that were looked at, 1 or more
    public static Share of(long rows, long of) {
        if (of < 1) {
            throw new IllegalArgumentException("a share of no rows is not known");
        }
        Interval interval = Wilson.interval(rows, of);
        return Share.newBuilder()
                .setRows(rows)
                .setOf(of)
                .setLow(interval.low())
                .setHigh(interval.high())
                .build();
    }

    /// Returns named counts, the largest first, equal ones by name.
    ///
    /// @param most largest number of names
    public static List<ShareOf> largest(Map<String, Long> counts, int most) {
        return counts.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, Long>>comparingLong(Map.Entry::getValue)
                        .reversed()
                        .thenComparing(Map.Entry::getKey))
                .limit(most)
                .map(count -> ShareOf.newBuilder()
                        .setName(count.getKey())
                        .setRows(count.getValue())
                        .build())
                .toList();
    }
}
