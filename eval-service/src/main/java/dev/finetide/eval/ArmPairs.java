package dev.finetide.eval;

import dev.finetide.metrics.stats.Holm;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.List;

/// The pairs of arms that are compared by one metric. Whether one arm of a pair is better depends on the number of
/// pairs.
final class ArmPairs {
    private record Pair(String arm, String other, dev.finetide.metrics.stats.Comparison found) {}

    private final String metric;
    private final List<Pair> pairs = new ArrayList<>();

    ArmPairs(String metric) {
        this.metric = metric;
    }

    void add(String arm, String other, dev.finetide.metrics.stats.Comparison found) {
        pairs.add(new Pair(arm, other, found));
    }

    /// Returns the comparisons with their verdicts, after Holm's correction over all pairs.
    List<Comparison> judged() {
        double[] adjusted = Holm.adjust(
                pairs.stream().mapToDouble(pair -> pair.found().pValue()).toArray());
        List<Comparison> judged = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            Pair pair = pairs.get(i);
            judged.add(Scores.comparison(pair.arm(), pair.other(), metric, pair.found()).toBuilder()
                    .setAdjustedPValue(adjusted[i])
                    .setVerdict(
                            Verdict.valueOf(pair.found().verdict(adjusted[i]).name()))
                    .build());
        }
        return judged;
    }

    /// Returns the largest of the differences that the pairs could show: with it or more, every pair could. 0 if none
    /// is known.
    double detectableDifference() {
        return pairs.stream()
                .mapToDouble(pair -> pair.found().detectableDifference())
                .filter(Double::isFinite)
                .reduce(0, Math::max);
    }
}
