package dev.finetide.suitability.verdict;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReason;
import java.util.List;

/// Finding of one rule.
///
/// @param reason sentence with its number
/// @param path path that the rule points to; FITS for a reason that speaks for fine-tuning
/// @param steps commands that would make the rows better
record Judgement(SuitabilityReason reason, Fitness path, List<String> steps) {
    /// Speaks for fine-tuning.
    static Judgement forTuning(String sentence, double value, double limit) {
        return new Judgement(
                SuitabilityReason.newBuilder()
                        .setSentence(sentence)
                        .setSpeaksFor(true)
                        .setValue(value)
                        .setLimit(limit)
                        .build(),
                Fitness.FITS,
                List.of());
    }

    /// Speaks against fine-tuning, or for caution.
    static Judgement against(Fitness path, String sentence, double value, double limit) {
        return new Judgement(
                SuitabilityReason.newBuilder()
                        .setSentence(sentence)
                        .setValue(value)
                        .setLimit(limit)
                        .build(),
                path,
                List.of());
    }

    Judgement withStep(String... commands) {
        return new Judgement(reason, path, List.of(commands));
    }

    Judgement withRows(List<RowFound> rows) {
        return new Judgement(
                reason.toBuilder().addAllRows(Evidence.examples(rows)).build(), path, steps);
    }
}
