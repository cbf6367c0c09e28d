package dev.finetide.sft.golden;

/// The distance between the engine's numbers and those that Hugging Face's libraries computed.
///
/// @param model name of the model's folder
/// @param file compared file of the folder, or the greedy texts in it
/// @param array array of the file with the largest error
/// @param error norm of the difference over the golden norm; for greedy texts, the share of tokens that differ
/// @param tolerance largest error that rounding explains
public record GoldenFinding(String model, String file, String array, double error, double tolerance) {
    /// Whether the error is within the tolerance; false for NaN.
    public boolean agrees() {
        return error <= tolerance;
    }
}
