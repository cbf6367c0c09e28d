package dev.finetide.eval.behaviour;

import dev.finetide.metrics.stats.IndependentDifference;
import dev.finetide.metrics.stats.Interval;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Compares the task's numbers on train rows, or on rows of another domain, with those on the
/// held-out rows. Training always does train rows good, so the gap between both counts, and how
/// much larger it is than the base's.
final class GeneralisationFindings {
    private static final String HELD_OUT = "";
    private static final String TRAIN = "train";

    private GeneralisationFindings() {}

    /// @param statistics numbers of the task to look at
    static List<Finding> of(Pair pair, String probe, List<RowStatistic> statistics) {
        List<Finding> findings = new ArrayList<>();
        for (RowStatistic statistic : statistics) {
            Optional<Pair.Compared> there = pair.compare(probe, statistic);
            Optional<Pair.Compared> heldOut = pair.compare(HELD_OUT, statistic);
            there.ifPresent(
                    found -> findings.add(Finding.of(pair, BehaviourKind.GENERALISATION, probe, statistic, found)));
            if (there.isPresent() && heldOut.isPresent()) {
                findings.add(gap(pair, probe, statistic, there.get(), heldOut.get()));
            }
        }
        return findings;
    }

    /// Makes the finding of a gap, which is positive where the held-out rows are answered worse
    /// than train rows, or rows of another domain worse than held-out ones.
    private static Finding gap(
            Pair pair, String probe, RowStatistic statistic, Pair.Compared there, Pair.Compared heldOut) {
        boolean turned = probe.equals(TRAIN) != statistic.higherIsBetter();
        double sign = turned ? -1 : 1;
        IndependentDifference difference = IndependentDifference.of(
                there.comparison().difference(),
                there.comparison().interval(),
                heldOut.comparison().difference(),
                heldOut.comparison().interval());
        Interval interval = difference.interval();
        double gap = sign * (there.sample().value() - heldOut.sample().value());
        double baseGap =
                sign * (there.baseSample().value() - heldOut.baseSample().value());
        return new Finding(
                Finding.numbers(
                                Finding.about(pair, BehaviourKind.GENERALISATION, probe, statistic.name() + " gap"),
                                gap,
                                baseGap,
                                turned && interval.isKnown()
                                        ? new Interval(0 - interval.high(), 0 - interval.low())
                                        : interval)
                        .setRows(there.rows() + heldOut.rows())
                        .setHigherIsBetter(false)
                        .build(),
                Optional.of(difference.pValue()),
                "");
    }
}
