package dev.finetide.sft.model;

/// Rotary position embedding: how fast each pair of a head's channels turns with the position.
/// Source: RoFormer (Su et al. 2021); the scalings as Hugging Face transformers defines `rope_type`
/// linear and llama3.
///
/// @param theta base of the geometric series of wavelengths
public record Rope(double theta, Scaling scaling) {

    /// Stretches wavelengths so that a model reads longer texts than it was pretrained on.
    public sealed interface Scaling {}

    public record Unscaled() implements Scaling {}

    /// Every frequency divided by `factor`.
    public record Linear(double factor) implements Scaling {}

    /// Long wavelengths divided by `factor`, short ones kept, a linear blend between.
    ///
    /// @param originalPositions tokens the model was pretrained on
    public record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalPositions)
            implements Scaling {}

    /// Radians by which channel pair i turns at each position, `[K/2]`, in the 32-bit arithmetic
    /// transformers uses.
    public float[] inverseFrequencies(int headSize) {
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / headSize;
            frequencies[i] = scaled(1f / (float) Math.pow(theta, exponent));
        }
        return frequencies;
    }

    private float scaled(float frequency) {
        return switch (scaling) {
            case Unscaled() -> frequency;
            case Linear(double factor) -> (float) (frequency / factor);
            case Llama3 llama3 -> {
                double wavelength = 2 * Math.PI / frequency;
                double turns = llama3.originalPositions / wavelength;
                if (turns < llama3.lowFreqFactor) {
                    yield (float) (frequency / llama3.factor);
                }
                if (turns > llama3.highFreqFactor) {
                    yield frequency;
                }
                double blend = (turns - llama3.lowFreqFactor) / (llama3.highFreqFactor - llama3.lowFreqFactor);
                yield (float) ((1 - blend) * frequency / llama3.factor + blend * frequency);
            }
        };
    }
}
