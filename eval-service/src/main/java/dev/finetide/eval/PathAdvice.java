package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Task;

/// Says in one sentence what to do where an arm is recommended.
final class PathAdvice {
    private PathAdvice() {}

    /// @param isTrainingMeasured whether the evaluation has a trained arm
    static String of(ArmReport pick, Task task, boolean isTrainingMeasured) {
        String noBetter = isTrainingMeasured
                ? "no costlier arm is better."
                : "no costlier arm is better, but training was not measured.";
        String how = switch (pick.getPath()) {
            case PROMPT -> "Ask the base itself (arm %s, %s): " + noBetter;
            case LINEAR_MODEL ->
                "Take the linear model of words (arm %s, %s). It is as good: no language model is needed. Of the others, "
                        + noBetter;
            case FEW_SHOT -> "Put solved examples into the prompt (arm %s, %s): " + noBetter;
            case RETRIEVAL -> "Look answers up, and put what is found into the prompt (arm %s, %s): " + noBetter;
            case LORA -> "Train with LoRA (arm %s, %s).";
            case LORA_FEW_SHOT -> "Train with LoRA, and put examples into the prompt, too (arm %s, %s).";
            case LORA_RETRIEVAL -> "Train with LoRA, and look answers up, too (arm %s, %s).";
            case FULL -> "Train all weights (arm %s, %s).";
            case FULL_FEW_SHOT -> "Train all weights, and put examples into the prompt, too (arm %s, %s).";
            case FULL_RETRIEVAL -> "Train all weights, and look answers up, too (arm %s, %s).";
            case ELSEWHERE -> "Take the answers from elsewhere (arm %s, %s): no arm of your own is as good.";
            case PATH_UNSPECIFIED, UNRECOGNIZED -> "Take arm %s, %s.";
        };
        String system =
                task == Task.FUNCTION_CALLS ? "Let the model call functions, because the answers need a system. " : "";
        return system + how.formatted(pick.getArm(), "asked " + pick.getPrompting());
    }
}
