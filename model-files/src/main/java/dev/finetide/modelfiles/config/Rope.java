package dev.finetide.modelfiles.config;

/// Rotary position embedding: the rate at which each pair of a head's channels turns with the position.
/// Source: RoFormer (Su et al. 2021); the scalings as Hugging Face transformers defines `rope_type` linear,
/// llama3 and yarn.
///
/// @param theta base of the geometric series of wavelengths
public record Rope(double theta, Scaling scaling) {

    /// Stretches wavelengths so that a model reads longer texts than it was pretrained on.
    public sealed interface Scaling {}

    /// The rate of a channel pair, in radians per position, given its number and its unscaled wavelength over
    /// 2 pi.
    private interface Turning {
        float of(int pair, float wavelength);
    }

    public record Unscaled() implements Scaling {}

    /// Divides every frequency by `factor`.
    public record Linear(double factor) implements Scaling {}

    /// Divides low frequencies by `factor`, keeps high ones, and blends linearly between them.
    ///
    /// @param lowFreqFactor turns within `originalPositions` below which a frequency is divided
    /// @param highFreqFactor turns above which it is kept
    /// @param originalPositions tokens of the longest sequence in pretraining
    public record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalPositions)
            implements Scaling {
        private float scaled(float frequency) {
            double turns = originalPositions / (2 * Math.PI / frequency);
            if (turns < lowFreqFactor) {
                return (float) (frequency / factor);
            }
            if (turns > highFreqFactor) {
                return frequency;
            }
            double blend = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
            return (float) ((1 - blend) * frequency / factor + blend * frequency);
        }
    }

    /// Divides low frequencies by `factor`, keeps high ones, with a ramp over the channels between them, and
    /// multiplies rotated queries and keys by `attentionFactor` (YaRN, Peng et al. 2023).
    ///
    /// @param betaFast turns within `originalPositions` from which a channel is kept
    /// @param betaSlow turns below which it is divided
    /// @param originalPositions tokens of the longest sequence in pretraining
    /// @param truncate whether the ramp begins and ends at whole channels
    public record Yarn(
            double factor,
            double betaFast,
            double betaSlow,
            double attentionFactor,
            int originalPositions,
            boolean truncate)
            implements Scaling {
        /// Returns the attention factor of the paper, with a weight as DeepSeek has it.
        static double attentionFactor(double factor, double weight) {
            return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
        }

        private Turning ramp(double theta, int headSize) {
            double fast = pairThatTurns(betaFast, theta, headSize);
            double slow = pairThatTurns(betaSlow, theta, headSize);
            double first = Math.max(0, truncate ? Math.floor(fast) : fast);
            double last = Math.min(headSize - 1, truncate ? Math.ceil(slow) : slow);
            float width = (float) (last == first ? 0.001 : last - first);
            return (pair, wavelength) -> {
                float kept = 1 - Math.clamp((pair - (float) first) / width, 0f, 1f);
                return 1 / ((float) factor * wavelength) * (1 - kept) + 1 / wavelength * kept;
            };
        }

        /// Returns the channel pair that turns so often within the original positions, as a fraction.
        private double pairThatTurns(double turns, double theta, int headSize) {
            return headSize * Math.log(originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }
    }

    /// Returns the factor on cosines and sines.
    public double amplitude() {
        return scaling instanceof Yarn yarn ? yarn.attentionFactor : 1;
    }

    /// Returns the radians by which channel pair i turns at each position, `[K/2]`, in the 32-bit arithmetic
    /// that transformers uses.
    public float[] inverseFrequencies(int headSize) {
        Turning turning = switch (scaling) {
            case Unscaled() -> (pair, wavelength) -> 1 / wavelength;
            case Linear(double factor) -> (pair, wavelength) -> (float) (1 / wavelength / factor);
            case Llama3 llama3 -> (pair, wavelength) -> llama3.scaled(1 / wavelength);
            case Yarn yarn -> yarn.ramp(theta, headSize);
        };
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / headSize;
            frequencies[i] = turning.of(i, (float) Math.pow(theta, exponent));
        }
        return frequencies;
    }
}
