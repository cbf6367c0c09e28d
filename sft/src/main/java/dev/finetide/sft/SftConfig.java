package dev.finetide.sft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What a training run does: every number that its result depends on, besides base and rows.
///
/// @param method which parameters learn
/// @param lora the adapter; present exactly when `method` is LORA
/// @param learningRate its peak, at the end of the warmup
/// @param warmupSteps optimiser steps over which the learning rate rises from 0; fewer than the run
///     has
/// @param schedule how the learning rate falls after the warmup
/// @param batchSize rows of one optimiser step
/// @param epochs passes over the rows
/// @param maxSteps ends the run earlier, and the schedule with it; 0 for no such end
/// @param weightDecay decoupled, on the tensors of `decay`
/// @param decay which trained tensors the weight decay pulls towards 0
/// @param maxGradNorm the gradient's norm is clipped to this; 0 for never
/// @param neftuneAlpha noise on the embeddings while training (NEFTune, Jain et al. 2023); 0 for none
/// @param seed of the shuffle, the adapter's initial weights, dropout and noise
/// @param maxLength tokens of the longest row accepted
/// @param checkpointEverySteps 0 for a checkpoint only when the run is stopped
/// @param saveTotalLimit how many of the last checkpoints stay on disk
/// @param microBatchTokens tokens computed at once by each thread, beside what all its rows begin with, which
///     bounds the memory; 0 for what suits the model's width. The result changes by rounding, and with dropout or noise
/// by
///     what is drawn
/// @param packing rows of a step are packed into long rows (best-fit decreasing) instead of computed side by side. The
///     result changes as with `microBatchTokens`
/// @param recompute activation checkpointing: only the inputs of blocks are kept and each block is
///     computed again in the backward; a third more time, a fraction of the memory. The result changes
///     only with dropout, by what is drawn
/// @param validation what is done with held-out rows, when there are some
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
    /// Which parameters learn: those of an adapter, or all.
    public enum Method {
        LORA,
        FULL
    }

    /// Which trained tensors decay. All is what torch's AdamW does by itself, and so the plain
    /// training loops that this engine is compared with; the rule of transformers' Trainer leaves
    /// out norms and biases. An adapter has matrices only, so for LoRA both are the same.
    public enum Decay {
        ALL,
        /// Those of two dimensions: linear layers and embeddings, not norms, biases and magnitudes.
        MATRICES
    }

    /// The learning rate after the warmup: unchanged, or falling, straight or as half a cosine, to
    /// what would be 0 one step after the last.
    public enum Schedule {
        CONSTANT,
        LINEAR,
        COSINE;

        /// The share of the peak learning rate at a step, counted from 0.
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

    /// Optimiser steps of a run over so many rows.
    public int totalSteps(int rows) {
        long steps = (long) Math.ceilDiv(rows, batchSize) * epochs;
        return Math.toIntExact(maxSteps == 0 ? steps : Math.min(maxSteps, steps));
    }

    /// What the result's bytes depend on, by name: a checkpoint of a run with other values is of
    /// another run. Not what only refuses rows (`maxLength`) or only saves; nor device and threads: a
    /// run goes on where others are, and its bytes are then those of another rounding.
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

    /// Starts from the usual settings of a LoRA run: rank 8 on all linear layers, 3 epochs, cosine
    /// from 2e-4.
    public static Builder forLora() {
        return new Builder(Method.LORA, Optional.of(LoraConfig.defaults()), 2e-4);
    }

    /// Starts from the usual settings of a full fine-tuning run: 3 epochs, cosine from 2e-5.
    public static Builder forFull() {
        return new Builder(Method.FULL, Optional.empty(), 2e-5);
    }

    /// Settings under way: the ones not named keep their defaults.
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
