package dev.finetide.sft.golden;

/// How far the engine is from numbers that Hugging Face computed.
///
/// @param model folder of the model
/// @param file what was compared: a file of the folder, or the greedy texts in it
/// @param array the one furthest off, of those in the file
/// @param error norm of the difference over norm; of greedy texts, the share of tokens that differ
/// @param tolerance the largest error that rounding explains
public record GoldenFinding(String model, String file, String array, double error, double tolerance) {
    /// False for NaN, too.
    public boolean agrees() {
        return error <= tolerance;
    }
}
