package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.Score;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Computes after how many requests a training has paid for itself: the training's time, divided by the time that each
/// request takes less than with the best untrained arm.
final class BreakEven {
    private BreakEven() {}

    /// Fills the number in for every trained arm of which a request is cheaper.
    static void fill(Collection<ArmReport.Builder> arms, List<MetricInfo> metrics) {
        if (metrics.isEmpty()) {
            return;
        }
        MetricInfo primary = metrics.getFirst();
        Comparator<ArmReport.Builder> byScore =
                Comparator.comparing(arm -> arm.getScoresOrDefault(primary.getName(), Score.getDefaultInstance())
                        .getValue());
        Optional<ArmReport.Builder> untrained = arms.stream()
                .filter(arm -> !ArmCosts.isTrained(arm) && ArmCosts.runsOnBase(arm))
                .filter(arm -> arm.containsScores(primary.getName()))
                .filter(arm -> arm.getRequestsPerSecond() > 0)
                .max(primary.getHigherIsBetter() ? byScore : byScore.reversed());
        untrained.ifPresent(other -> arms.stream()
                .filter(arm -> ArmCosts.isTrained(arm) && arm.getTrainSeconds() > 0)
                .filter(arm -> arm.getRequestsPerSecond() > other.getRequestsPerSecond())
                .forEach(arm -> arm.setBreakEvenRequests((long) Math.ceil(
                        arm.getTrainSeconds() / (1 / other.getRequestsPerSecond() - 1 / arm.getRequestsPerSecond())))));
    }
}
