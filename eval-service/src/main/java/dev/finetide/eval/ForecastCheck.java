package dev.finetide.eval;

import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.evaluation.v1.Recommendation;
import java.util.Optional;
import java.util.Set;

/// Holds what the report on the rows forecast against what the comparison of arms has measured.
final class ForecastCheck {
    private static final Set<Path> TRAINED = Set.of(
            Path.LORA, Path.LORA_FEW_SHOT, Path.LORA_RETRIEVAL, Path.FULL, Path.FULL_FEW_SHOT, Path.FULL_RETRIEVAL);

    private ForecastCheck() {}

    /// Returns a recommendation that says whether the forecast was right: a reason where it was, a caution where
    /// it was not.
    static Recommendation checked(Recommendation measured, SuitabilityVerdict forecast) {
        Optional<Boolean> right = right(measured, forecast);
        if (right.isEmpty()) {
            return measured;
        }
        Recommendation.Builder checked = measured.toBuilder();
        if (right.get()) {
            checked.addReasons((isSame(measured, forecast)
                            ? "the report on the rows forecast the same: "
                            : "the report on the rows forecast no training, either: ")
                    + forecast.getSentence());
        } else {
            checked.addCautions("measurement and forecast disagree: the report on the rows says \""
                    + forecast.getSentence() + "\"");
        }
        return checked.build();
    }

    /// Returns whether the measured path is the very one that was forecast, and not another one without training.
    private static boolean isSame(Recommendation measured, SuitabilityVerdict forecast) {
        return switch (forecast.getFitness()) {
            case PREFER_PROMPTING -> measured.getPath() == Path.PROMPT;
            case PREFER_FEW_SHOT -> measured.getPath() == Path.FEW_SHOT;
            case PREFER_FUNCTION_CALLS, MEND_FIRST, NOT_MEASURABLE, FITNESS_UNSPECIFIED, UNRECOGNIZED -> false;
            case FITS, FITS_WITH_CAUTION, PREFER_RETRIEVAL, PREFER_LINEAR_MODEL -> true;
        };
    }

    /// Returns whether forecast and measurement agree; empty where the report names none.
    private static Optional<Boolean> right(Recommendation measured, SuitabilityVerdict forecast) {
        Path path = measured.getPath();
        return switch (forecast.getFitness()) {
            case FITS, FITS_WITH_CAUTION -> Optional.of(TRAINED.contains(path));
            // The base calls functions by itself, with or without examples.
            case PREFER_PROMPTING, PREFER_FEW_SHOT, PREFER_FUNCTION_CALLS ->
                Optional.of(path == Path.PROMPT || path == Path.FEW_SHOT);
            case PREFER_RETRIEVAL -> Optional.of(path == Path.RETRIEVAL);
            case PREFER_LINEAR_MODEL -> Optional.of(path == Path.LINEAR_MODEL);
            case MEND_FIRST -> Optional.of(!TRAINED.contains(path));
            case NOT_MEASURABLE, FITNESS_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    }
}
