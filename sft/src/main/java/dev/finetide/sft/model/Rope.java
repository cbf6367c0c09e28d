package dev.finetide.sft.model;

/// Rotary position embedding: how fast each pair of a head's channels turns with the position.
/// Source: RoFormer (Su et al. 2021); the scalings as Hugging Face transformers defines `rope_type`
/// linear, llama3 and yarn.
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

    /// Low frequencies divided by `factor`, high ones kept, a ramp over the channels between;
    /// rotated queries and keys are scaled by `attentionFactor` (YaRN, Peng et al. 2023).
    ///
    /// @param betaFast turns within `originalPositions` from which a channel is kept
    /// @param betaSlow turns below which it is divided
    /// @param originalPositions tokens the model was pretrained on
    /// @param truncate whether the ramp begins and ends at whole channels
    public record Yarn(
            double factor,
            double betaFast,
            double betaSlow,
            double attentionFactor,
            int originalPositions,
            boolean truncate)
            implements Scaling {
        /// The attention factor of the paper, with a weight as DeepSeek has it.
        static double attentionFactor(double factor, double weight) {
            return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
        }
    }

    /// What cosines and sines are multiplied by.
    double amplitude() {
        return scaling instanceof Yarn yarn ? yarn.attentionFactor : 1;
    }

    /// Radians by which channel pair i turns at each position, `[K/2]`, in the 32-bit arithmetic
    /// transformers uses.
    public float[] inverseFrequencies(int headSize) {
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / headSize;
            float wavelength = (float) Math.pow(theta, exponent);
            frequencies[i] = scaling instanceof Yarn yarn
                    ? blended(yarn, wavelength, (i - (float) first(yarn, headSize)) / width(yarn, headSize))
                    : scaled(1f / wavelength);
        }
        return frequencies;
    }

    private static float blended(Yarn yarn, float wavelength, float ramp) {
        float kept = 1 - Math.clamp(ramp, 0f, 1f);
        return 1 / ((float) yarn.factor * wavelength) * (1 - kept) + 1 / wavelength * kept;
    }

    /// The channel pair where the ramp begins.
    private double first(Yarn yarn, int headSize) {
        double pair = pairThatTurns(yarn.betaFast, yarn, headSize);
        return Math.max(0, yarn.truncate ? Math.floor(pair) : pair);
    }

    private float width(Yarn yarn, int headSize) {
        double pair = pairThatTurns(yarn.betaSlow, yarn, headSize);
        double last = Math.min(headSize - 1, yarn.truncate ? Math.ceil(pair) : pair);
        double first = first(yarn, headSize);
        return (float) (last == first ? 0.001 : last - first);
    }

    /// The channel pair that turns so often within the original positions, as a fraction.
    private double pairThatTurns(double turns, Yarn yarn, int headSize) {
        return headSize * Math.log(yarn.originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    private float scaled(float frequency) {
        return switch (scaling) {
            case Unscaled(), Yarn _ -> frequency;
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
