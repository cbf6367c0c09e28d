package dev.finetide.eval.behaviour;

import dev.finetide.metrics.stats.Interval;
import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.Optional;

/// One side of a trained arm's behaviour before the verdict, which depends on all other findings.
///
/// @param behaviour everything but p-value, verdict and words
/// @param pValue p-value before the correction for many findings; absent for a finding without a verdict
/// @param addition words after the numbers; empty for none
record Finding(Behaviour behaviour, Optional<Double> pValue, String addition) {
    private static final double LEVEL = 0.05;

    /// Makes the finding of a comparison on the same rows.
    static Finding of(Pair pair, BehaviourKind kind, String probe, RowStatistic statistic, Pair.Compared found) {
        return new Finding(
                numbers(
                                about(pair, kind, probe, statistic.name()),
                                found.sample().value(),
                                found.baseSample().value(),
                                found.comparison().interval())
                        .setRows(found.rows())
                        .setHigherIsBetter(statistic.higherIsBetter())
                        .build(),
                statistic.hasGoodSide() ? Optional.of(found.comparison().pValue()) : Optional.empty(),
                "");
    }

    /// Makes the finding that nothing was measured.
    static Finding none(Pair pair, BehaviourKind kind, String probe, String why) {
        return new Finding(about(pair, kind, probe, "").setUnmeasured(why).build(), Optional.empty(), "");
    }

    static Behaviour.Builder about(Pair pair, BehaviourKind kind, String probe, String name) {
        return Behaviour.newBuilder()
                .setArm(pair.name())
                .setBaseArm(pair.base())
                .setKind(kind)
                .setProbe(probe)
                .setName(name);
    }

    static Behaviour.Builder numbers(Behaviour.Builder behaviour, double value, double base, Interval interval) {
        return behaviour
                .setValue(value)
                .setBaseValue(base)
                .setDifference(value - base)
                .setLow(interval.low())
                .setHigh(interval.high());
    }

    Finding saying(String words) {
        return new Finding(behaviour, pValue, words);
    }

    /// Returns the behaviour with its verdict and words.
    ///
    /// @param adjusted p-value after the correction for many findings; no number without one
    Behaviour judged(double adjusted) {
        Behaviour.Builder judged = behaviour.toBuilder();
        if (pValue.isPresent()) {
            judged.setAdjustedPValue(adjusted).setVerdict(verdict(adjusted));
        }
        return judged.setWords(BehaviourWords.of(judged, addition)).build();
    }

    private Verdict verdict(double adjusted) {
        boolean excludesZero = behaviour.getLow() > 0 || behaviour.getHigh() < 0;
        if (!excludesZero || !(adjusted < LEVEL)) {
            return Verdict.NOT_DISTINGUISHABLE;
        }
        return behaviour.getDifference() > 0 == behaviour.getHigherIsBetter() ? Verdict.BETTER : Verdict.WORSE;
    }
}
