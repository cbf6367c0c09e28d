package dev.finetide.sft;

/// What a run will take on this machine.
///
/// @param seconds from the first step to the last, with the evaluations on held-out rows and the checkpoints
/// @param peakMemoryBytes resident memory of this process at its highest
/// @param steps of the whole run, when it does not end early
/// @param tokens of all steps, without padding
/// @param parameters of base and adapter
/// @param trainableParameters of them, those that learn
/// @param weightBytes what all parameters take
/// @param optimiserBytes what gradients and the optimiser's two means take
/// @param activationBytes what came on top in the heaviest step that the rows can make
public record TrainingEstimate(
        double seconds,
        long peakMemoryBytes,
        int steps,
        long tokens,
        long parameters,
        long trainableParameters,
        long weightBytes,
        long optimiserBytes,
        long activationBytes) {}
