package dev.finetide.suitability.calibration;

import dev.finetide.proto.dataset.v1.Fitness;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Holds a forecast against the bake-off of its task. The rules were written before the first bake-off ran.
final class Forecast {
    /// Whether a forecast came true.
    enum Outcome {
        RIGHT,
        WRONG,
        /// The rows do not tell the arms apart, or no arm can show it.
        UNDECIDED
    }

    private static final Map<Fitness, Set<String>> PATHS = Map.of(
            Fitness.PREFER_PROMPTING, Set.of("PROMPT", "FEW_SHOT"),
            Fitness.PREFER_FEW_SHOT, Set.of("PROMPT", "FEW_SHOT"),
            Fitness.PREFER_FUNCTION_CALLS, Set.of("PROMPT", "FEW_SHOT"),
            Fitness.PREFER_RETRIEVAL, Set.of("RETRIEVAL"),
            Fitness.PREFER_LINEAR_MODEL, Set.of("PROMPT", "LINEAR_MODEL"));

    private final BakeOff measured;
    private final double chance;
    private final Optional<BakeOff> mended;

    /// @param chance score of the most frequent answer for every row
    /// @param mended bake-off after training on mended rows, with the same test rows
    Forecast(BakeOff measured, double chance, Optional<BakeOff> mended) {
        this.measured = measured;
        this.chance = chance;
        this.mended = mended;
    }

    /// Returns whether the forecast names the right side of the question "is training worth it?".
    Outcome training(Fitness forecast) {
        return switch (forecast) {
            case FITS, FITS_WITH_CAUTION -> pays();
            case MEND_FIRST -> mend();
            case PREFER_PROMPTING, PREFER_FEW_SHOT, PREFER_FUNCTION_CALLS, PREFER_RETRIEVAL, PREFER_LINEAR_MODEL ->
                opposite(pays());
            case NOT_MEASURABLE, FITNESS_UNSPECIFIED, UNRECOGNIZED -> Outcome.UNDECIDED;
        };
    }

    /// Returns whether the forecast names the path that was measured, too.
    Outcome path(Fitness forecast) {
        Set<String> named = PATHS.get(forecast);
        if (named == null) {
            return training(forecast);
        }
        boolean isPicked = measured.pick()
                .filter(arm -> named.contains(arm.path()) && !isChance(arm))
                .isPresent();
        if (isPicked) {
            return Outcome.RIGHT;
        }
        boolean isUnbeaten = measured.arms().stream()
                .anyMatch(arm -> named.contains(arm.path()) && arm.value() > 0 && !measured.isBeaten(arm));
        boolean isNothingLearnt =
                measured.trained().filter(arm -> !isChance(arm)).isEmpty();
        return isUnbeaten || isNothingLearnt ? Outcome.UNDECIDED : Outcome.WRONG;
    }

    /// Returns RIGHT where the trained arm is better than all others and than chance, WRONG where it is beaten or
    /// no better than chance.
    private Outcome pays() {
        Optional<BakeOff.Arm> trained = measured.trained();
        if (trained.isEmpty() || isChance(trained.get()) || measured.isBeaten(trained.get())) {
            return Outcome.WRONG;
        }
        return measured.beatsAllOthers(trained.get()) ? Outcome.RIGHT : Outcome.UNDECIDED;
    }

    private boolean isChance(BakeOff.Arm arm) {
        return arm.value() <= 0 || measured.metric().equals("accuracy") && arm.low() <= chance;
    }

    /// Returns RIGHT where mended rows make the trained arm better, or where it has learnt nothing.
    private Outcome mend() {
        Optional<BakeOff.Arm> trained = measured.trained();
        if (trained.isEmpty() || isChance(trained.get())) {
            return Outcome.RIGHT;
        }
        Optional<BakeOff.Arm> other = mended.flatMap(BakeOff::trained);
        if (other.isEmpty()) {
            return Outcome.UNDECIDED;
        }
        double gain = other.get().value() - trained.get().value();
        double error = Math.hypot(other.get().standardError(), trained.get().standardError());
        return gain > 1.96 * error ? Outcome.RIGHT : gain > 0 ? Outcome.UNDECIDED : Outcome.WRONG;
    }

    private static Outcome opposite(Outcome outcome) {
        return switch (outcome) {
            case RIGHT -> Outcome.WRONG;
            case WRONG -> Outcome.RIGHT;
            case UNDECIDED -> Outcome.UNDECIDED;
        };
    }
}
