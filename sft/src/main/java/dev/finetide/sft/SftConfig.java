package dev.finetide.sft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The settings of a training run: every number that the result depends on, apart from base and rows.
///
/// @param method parameters that learn
/// @param lora settings of the adapter; present exactly when `method` is LORA
/// @param learningRate peak learning rate, at the end of the warmup
/// @param warmupSteps optimiser steps in which the learning rate rises from 0; fewer than the run has
/// @param schedule course of the learning rate after the warmup
/// @param batchSize rows of one optimiser step
/// @param epochs passes over the rows
/// @param maxSteps largest number of optimiser steps, at which the run and its schedule end; 0 for no limit
/// @param weightDecay decoupled weight decay of the tensors that `decay` names
/// @param decay trained tensors that the weight decay pulls towards 0
/// @param maxGradNorm norm to which the gradient is clipped; 0 for no clipping
/// @param neftuneAlpha noise on the embeddings while training (NEFTune, Jain et al. 2023); 0 for none
/// @param seed seed of the shuffle, the adapter's initial weights, dropout and noise
/// @param maxLength tokens of the longest accepted row
/// @param checkpointEverySteps steps between two checkpoints; 0 for a checkpoint only when the run is stopped
/// @param saveTotalLimit number of the last checkpoints that stay on disk
/// @param microBatchTokens tokens that each thread computes at once, without those that all rows of the micro-batch
///     begin with, which bounds the memory; 0 for a number that suits the model's width. The result changes by
///     rounding, and with dropout or noise by the drawn numbers
/// @param packing whether rows of a step are packed into long rows (best-fit decreasing) and not padded. The result
///     changes as with `microBatchTokens`
/// @param recompute whether to use activation checkpointing: only the inputs of blocks are kept, and each block is
///     computed again in the backward pass. A step takes a third more time and a fraction of the memory. The result
///     changes only with dropout, by the drawn numbers
/// @param validation use of the held-out rows, if there are any
public record SftConfig(
        Method method,
        Optional<LoraConfig> lora,
        double learningRate,
        int warmupSteps,
        Schedule schedule,
        int batchSize,
        int epochs,
        int maxSteps,
        double weightDecay,
        Decay decay,
        double maxGradNorm,
        double neftuneAlpha,
        long seed,
        int maxLength,
        int checkpointEverySteps,
        int saveTotalLimit,
        int microBatchTokens,
        boolean packing,
        boolean recompute,
        ValidationConfig validation) {
    /// The parameters that learn: those of an adapter, or all.
    public enum Method {
        LORA,
        FULL
    }

    /// The trained tensors that decay. AdamW in torch decays all tensors, and so do the plain training loops that
    /// this engine is compared with. The Trainer of transformers leaves out norms and biases. An adapter has only
    /// matrices, so for LoRA both are the same.
    public enum Decay {
        ALL,
        /// Only tensors of two dimensions: linear layers and embeddings, not norms, biases and magnitudes.
        MATRICES
    }

    /// The course of the learning rate after the warmup: constant, or falling linearly or as half a cosine to 0,
    /// which it would reach one step after the last.
    public enum Schedule {
        CONSTANT,
        LINEAR,
        COSINE;

        /// Computes the share of the peak learning rate at a step, counted from 0.
        double factor(int step, int warmupSteps, int totalSteps) {
            if (step < warmupSteps) {
                return (double) step / warmupSteps;
            }
            double progress = (double) (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
            return switch (this) {
                case CONSTANT -> 1;
                case LINEAR -> Math.max(0, 1 - progress);
                case COSINE -> Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
            };
        }
    }

    public SftConfig {
        Setting.require(
                lora.isPresent() == (method == Method.LORA),
                "lora",
                method == Method.LORA ? "settings for method LORA" : "none for method FULL",
                lora.isPresent() ? "some" : "none");
        Setting.require(learningRate > 0 && learningRate < 100, "learningRate", "above 0 and below 100", learningRate);
        Setting.require(warmupSteps >= 0, "warmupSteps", "0 or more", warmupSteps);
        Setting.require(batchSize >= 1, "batchSize", "1 or more", batchSize);
        Setting.require(epochs >= 1, "epochs", "1 or more", epochs);
        Setting.require(maxSteps >= 0, "maxSteps", "0 or more", maxSteps);
        Setting.require(weightDecay >= 0 && weightDecay < 1, "weightDecay", "0 or more and below 1", weightDecay);
        Setting.require(
                maxGradNorm >= 0 && maxGradNorm < Double.POSITIVE_INFINITY, "maxGradNorm", "0 or more", maxGradNorm);
        Setting.require(neftuneAlpha >= 0 && neftuneAlpha <= 1000, "neftuneAlpha", "from 0 to 1000", neftuneAlpha);
        Setting.require(maxLength >= 2, "maxLength", "2 or more", maxLength);
        Setting.require(checkpointEverySteps >= 0, "checkpointEverySteps", "0 or more", checkpointEverySteps);
        Setting.require(saveTotalLimit >= 1, "saveTotalLimit", "1 or more", saveTotalLimit);
        Setting.require(microBatchTokens >= 0, "microBatchTokens", "0 or more", microBatchTokens);
    }

    /// Counts the optimiser steps of a run over a number of rows.
    public int totalSteps(int rows) {
        long steps = (long) Math.ceilDiv(rows, batchSize) * epochs;
        return Math.toIntExact(maxSteps == 0 ? steps : Math.min(maxSteps, steps));
    }

    /// Returns the values that the result's bytes depend on, by name. A checkpoint with other values belongs to
    /// another run. Values that only refuse rows (`maxLength`) or only save are left out, and so are device and
    /// threads: a run may continue on another machine, and then its bytes differ by rounding.
    Map<String, String> identity() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("method", method.name());
        values.put("lora", lora.map(LoraConfig::toString).orElse("none"));
        values.put("learningRate", String.valueOf(learningRate));
        values.put("warmupSteps", String.valueOf(warmupSteps));
        values.put("schedule", schedule.name());
        values.put("batchSize", String.valueOf(batchSize));
        values.put("epochs", String.valueOf(epochs));
        values.put("maxSteps", String.valueOf(maxSteps));
        values.put("weightDecay", String.valueOf(weightDecay));
        values.put("decay", decay.name());
        values.put("maxGradNorm", String.valueOf(maxGradNorm));
        values.put("neftuneAlpha", String.valueOf(neftuneAlpha));
        values.put("validation", validation.toString());
        values.put("microBatchTokens", String.valueOf(microBatchTokens));
        values.put("packing", String.valueOf(packing));
        values.put("recompute", String.valueOf(recompute));
        values.put("seed", String.valueOf(seed));
        return values;
    }

    /// Returns a builder with the usual settings of a LoRA run: rank 8 on all linear layers, 3 epochs, cosine from
    /// 2e-4.
    public static Builder forLora() {
        return new Builder(Method.LORA, Optional.of(LoraConfig.defaults()), 2e-4);
    }

    /// Returns a builder with the usual settings of a full fine-tuning run: 3 epochs, cosine from 2e-5.
    public static Builder forFull() {
        return new Builder(Method.FULL, Optional.empty(), 2e-5);
    }

    /// Builds settings. A setting that is not given keeps its default.
    public static final class Builder {
        private final Method method;
        private Optional<LoraConfig> lora;
        private double learningRate;
        private int warmupSteps;
        private Schedule schedule = Schedule.COSINE;
        private int batchSize = 16;
        private int epochs = 3;
        private int maxSteps;
        private double weightDecay;
        private Decay decay = Decay.ALL;
        private double maxGradNorm = 1;
        private double neftuneAlpha;
        private long seed;
        private int maxLength = 2048;
        private int checkpointEverySteps;
        private int saveTotalLimit = 2;
        private int microBatchTokens;
        private boolean packing;
        private boolean recompute;
        private ValidationConfig validation = ValidationConfig.DEFAULT;

        private Builder(Method method, Optional<LoraConfig> lora, double learningRate) {
            this.method = method;
            this.lora = lora;
            this.learningRate = learningRate;
        }

        public Builder lora(LoraConfig value) {
            lora = Optional.of(value);
            return this;
        }

        public Builder learningRate(double value) {
            learningRate = value;
            return this;
        }

        public Builder warmupSteps(int value) {
            warmupSteps = value;
            return this;
        }

        public Builder schedule(Schedule value) {
            schedule = value;
            return this;
        }

        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        public Builder epochs(int value) {
            epochs = value;
            return this;
        }

        public Builder maxSteps(int value) {
            maxSteps = value;
            return this;
        }

        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        public Builder decay(Decay value) {
            decay = value;
            return this;
        }

        public Builder maxGradNorm(double value) {
            maxGradNorm = value;
            return this;
        }

        public Builder neftuneAlpha(double value) {
            neftuneAlpha = value;
            return this;
        }

        public Builder seed(long value) {
            seed = value;
            return this;
        }

        public Builder maxLength(int value) {
            maxLength = value;
            return this;
        }

        public Builder checkpointEverySteps(int value) {
            checkpointEverySteps = value;
            return this;
        }

        public Builder saveTotalLimit(int value) {
            saveTotalLimit = value;
            return this;
        }

        public Builder microBatchTokens(int value) {
            microBatchTokens = value;
            return this;
        }

        public Builder validation(ValidationConfig value) {
            validation = value;
            return this;
        }

        public Builder packing(boolean value) {
            packing = value;
            return this;
        }

        public Builder recompute(boolean value) {
            recompute = value;
            return this;
        }

        public SftConfig build() {
            return new SftConfig(
                    method,
                    lora,
                    learningRate,
                    warmupSteps,
                    schedule,
                    batchSize,
                    epochs,
                    maxSteps,
                    weightDecay,
                    decay,
                    maxGradNorm,
                    neftuneAlpha,
                    seed,
                    maxLength,
                    checkpointEverySteps,
                    saveTotalLimit,
                    microBatchTokens,
                    packing,
                    recompute,
                    validation);
        }
    }
}
