package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;

/// Counts how often an arm answers each row.
final class Repeats {
    private static final int DEFAULT = 3;

    private Repeats() {}

    /// Returns the number of draws of an arm's examples: that of the chosen prompting, or before the choice that of the
    /// first one.
    static int of(EvaluationArm arm) {
        if (arm.hasPreparation()) {
            return of(arm.getPreparation().getPrompting());
        }
        return arm.getArm().getPromptingsCount() == 0 ? 1 : of(arm.getArm().getPromptings(0));
    }

    static int of(Prompting prompting) {
        Examples examples = prompting.getExamples();
        if (examples.getCount() == 0 || examples.getChoice() != ExampleChoice.RANDOM) {
            return 1;
        }
        return examples.getRepeats() == 0 ? DEFAULT : examples.getRepeats();
    }
}
