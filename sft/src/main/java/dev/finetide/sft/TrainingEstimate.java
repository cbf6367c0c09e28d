package dev.finetide.sft;

/// The estimate of a run's time and memory on this machine.
///
/// @param seconds time from the first step to the last, with evaluations on held-out rows and checkpoints
/// @param peakMemoryBytes peak resident memory of this process
/// @param steps steps of the whole run, if it does not end early
/// @param tokens tokens of all steps, without padding
/// @param parameters number of parameters of base and adapter
/// @param trainableParameters number of parameters that learn
/// @param weightBytes memory of all parameters
/// @param optimiserBytes memory of the gradients and the optimiser's two means
/// @param activationBytes further memory of the heaviest step that the rows can make
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
