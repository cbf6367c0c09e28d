package dev.finetide.worker;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.training.v1.ResultWeights;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.WeightDecayOn;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.ValidationConfig;
import dev.finetide.sft.train.StepGradients;
import java.util.List;

/// Turns the contract's training settings into the engine's. The service has set every field but those that depend on
/// the base, such as its context length.
final class EngineConfig {
    private EngineConfig() {}

    /// Returns the settings with the values in use, those included that this base and this machine decide.
    static TrainingConfig inUse(TrainingConfig config, CausalLm base) {
        EngineOptions options = base.optionsInUse();
        TrainingConfig.Builder used = config.toBuilder()
                .setMaxLength(maxLength(config, base.config()))
                .setPrecision(precision(base))
                .setDevice(options.device())
                .setThreads(options.threads())
                .setMemoryBudgetBytes(options.memoryBudget());
        if (config.getMicroBatchTokens() == 0) {
            used.setMicroBatchTokens(StepGradients.suitableTokens(base.config()));
        }
        return used.build();
    }

    /// Returns the engine's settings of a training run.
    ///
    /// @param rows number of rows in the train split, by which `max_steps` becomes a number of epochs
    static SftConfig sftConfig(TrainingConfig config, ModelConfig base, int rows) {
        SftConfig.Builder builder = switch (config.getMethod()) {
            case LORA -> SftConfig.forLora().lora(lora(config.getLora()));
            case FULL -> SftConfig.forFull();
            case METHOD_UNSPECIFIED, UNRECOGNIZED ->
                throw new WorkerFailure(
                        WorkerFailure.Reason.BAD_CONFIGURATION,
                        "method: expected LORA or FULL, got " + config.getMethod());
        };
        int stepsPerEpoch = Math.ceilDiv(rows, config.getBatchSize());
        return builder.learningRate(config.getLearningRate())
                .warmupSteps(config.getWarmupSteps())
                .schedule(schedule(config))
                .batchSize(config.getBatchSize())
                .epochs(config.hasMaxSteps() ? Math.ceilDiv(config.getMaxSteps(), stepsPerEpoch) : config.getEpochs())
                .maxSteps(config.getMaxSteps())
                .weightDecay(config.getWeightDecay())
                .decay(
                        config.getWeightDecayOn() == WeightDecayOn.MATRICES
                                ? SftConfig.Decay.MATRICES
                                : SftConfig.Decay.ALL)
                .neftuneAlpha(config.getNeftuneAlpha())
                .validation(validation(config.getValidation()))
                .maxGradNorm(config.getMaxGradNorm())
                .seed(config.getSeed())
                .maxLength(maxLength(config, base))
                .checkpointEverySteps(config.getCheckpointEverySteps())
                .packing(config.getPacking())
                .microBatchTokens(config.getMicroBatchTokens())
                .recompute(config.getActivationCheckpointing())
                .saveTotalLimit(Math.max(1, config.getSaveTotalLimit()))
                .build();
    }

    private static Precision precision(CausalLm base) {
        return switch (base.precision()) {
            case FP32 -> Precision.FP32;
            case BF16 -> Precision.BF16;
        };
    }

    private static ValidationConfig validation(dev.finetide.proto.training.v1.ValidationConfig validation) {
        return new ValidationConfig(
                validation.getEverySteps(),
                validation.getPatience(),
                validation.getMinDelta(),
                validation.getResult() == ResultWeights.BEST
                        ? ValidationConfig.Result.BEST
                        : ValidationConfig.Result.LAST);
    }

    /// Returns the longest accepted row in tokens: the run's own limit, or the base's context length.
    static int maxLength(TrainingConfig config, ModelConfig base) {
        return config.hasMaxLength() ? config.getMaxLength() : base.maxPositions();
    }

    private static LoraConfig lora(dev.finetide.proto.training.v1.LoraConfig lora) {
        return new LoraConfig(
                lora.getRank(),
                lora.getAlpha(),
                lora.getDropout(),
                lora.getUseRslora(),
                lora.getUseDora(),
                lora.getTargetModulesCount() == 0 ? List.of("all-linear") : lora.getTargetModulesList());
    }

    private static SftConfig.Schedule schedule(TrainingConfig config) {
        return switch (config.getSchedule()) {
            case COSINE, SCHEDULE_UNSPECIFIED, UNRECOGNIZED -> SftConfig.Schedule.COSINE;
            case LINEAR -> SftConfig.Schedule.LINEAR;
            case CONSTANT -> SftConfig.Schedule.CONSTANT;
        };
    }
}
