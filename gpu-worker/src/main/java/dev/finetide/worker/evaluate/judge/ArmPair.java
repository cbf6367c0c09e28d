package dev.finetide.worker.evaluate.judge;

import java.util.Collection;
import java.util.List;

/// Two arms whose answers are compared.
///
/// @param arm name of the arm that is judged
/// @param other name of the arm that it is judged against
public record ArmPair(String arm, String other) {
    /// Returns each arm against one of them.
    ///
    /// @param arms names of the arms that have answered, in the order of the evaluation
    /// @param against name of the arm that all others are judged against
    /// @throws IllegalArgumentException when that arm has not answered, or no other one has
    public static List<ArmPair> of(Collection<String> arms, String against) {
        if (!arms.contains(against)) {
            throw new IllegalArgumentException("arm " + against + ", against which the others are judged, has failed");
        }
        if (arms.size() == 1) {
            throw new IllegalArgumentException("no arm is left to be judged against arm " + against);
        }
        return arms.stream()
                .filter(arm -> !arm.equals(against))
                .map(arm -> new ArmPair(arm, against))
                .toList();
    }
}
