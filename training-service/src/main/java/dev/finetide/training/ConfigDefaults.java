package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.ResultWeights;
import dev.finetide.proto.training.v1.Schedule;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingConfigOrBuilder;
import dev.finetide.proto.training.v1.ValidationConfig;
import dev.finetide.proto.training.v1.WeightDecayOn;
import java.util.List;
import java.util.OptionalInt;

/// What is used where the user chose nothing, and what shows only against data and base.
final class ConfigDefaults {
    private static final double WARMUP_PART = 0.03;

    private ConfigDefaults() {}

    /// The same settings with every field set to the value that is used; `epochs` stays absent beside `max_steps`.
    ///
    /// @param context the base's, in tokens, if known
    /// @throws ApiException INVALID_FIELD for what shows only against data and base: no rows, too long a warmup
    static TrainingConfig complete(TrainingConfig config, DatasetVersion version, Base base, OptionalInt context) {
        TrainingConfig.Builder full = config.toBuilder()
                .setDatasetVersion(version.getName())
                .setBase(base.getName())
                .setDevice(config.getDevice().isEmpty() ? "auto" : config.getDevice())
                .setValidation(complete(config.getValidation()));
        if (config.getModel().isEmpty()) {
            List<String> ids = ResourceType.DATASET_VERSION.ids("config.dataset_version", version.getName());
            full.setModel(ResourceType.MODEL.name(ids.get(0), ids.get(1)));
        }
        if (config.getMethod() == Method.LORA) {
            full.setLora(complete(config.getLora()));
        }
        if (!config.hasMaxLength()) {
            context.ifPresent(full::setMaxLength);
        }
        optimiser(config, full);
        upkeep(config, full);
        evaluation(config, full, version);
        long steps = steps(full, version);
        if (!config.hasWarmupSteps()) {
            full.setWarmupRatio(config.hasWarmupRatio() ? config.getWarmupRatio() : WARMUP_PART);
            full.setWarmupSteps((int) Math.min(steps - 1, Math.round(steps * full.getWarmupRatio())));
        }
        check(full, steps, version, context);
        return full.build();
    }

    private static void optimiser(TrainingConfig config, TrainingConfig.Builder full) {
        double learningRate = config.getMethod() == Method.LORA ? 2e-4 : 2e-5;
        full.setLearningRate(config.hasLearningRate() ? config.getLearningRate() : learningRate);
        full.setSchedule(
                config.getSchedule() == Schedule.SCHEDULE_UNSPECIFIED ? Schedule.COSINE : config.getSchedule());
        full.setBatchSize(config.hasBatchSize() ? config.getBatchSize() : 16);
        if (!config.hasMaxSteps()) {
            full.setEpochs(config.hasEpochs() ? config.getEpochs() : 3);
        }
        full.setWeightDecay(config.hasWeightDecay() ? config.getWeightDecay() : 0.01);
        full.setWeightDecayOn(
                config.getWeightDecayOn() == WeightDecayOn.WEIGHT_DECAY_ON_UNSPECIFIED
                        ? WeightDecayOn.ALL_WEIGHTS
                        : config.getWeightDecayOn());
        full.setMaxGradNorm(config.hasMaxGradNorm() ? config.getMaxGradNorm() : 1.0);
        full.setNeftuneAlpha(config.getNeftuneAlpha());
        full.setSeed(config.hasSeed() ? config.getSeed() : 42);
    }

    private static void upkeep(TrainingConfig config, TrainingConfig.Builder full) {
        full.setCheckpointEverySteps(config.hasCheckpointEverySteps() ? config.getCheckpointEverySteps() : 50);
        full.setSaveTotalLimit(config.hasSaveTotalLimit() ? config.getSaveTotalLimit() : 2);
        full.setMaxAttempts(config.hasMaxAttempts() ? config.getMaxAttempts() : 3);
    }

    private static void evaluation(TrainingConfig config, TrainingConfig.Builder full, DatasetVersion version) {
        EvaluationConfig evaluation = config.getEvaluation();
        full.getEvaluationBuilder().setMaxNewTokens(evaluation.hasMaxNewTokens() ? evaluation.getMaxNewTokens() : 64);
        if (!evaluation.hasMaxRows() && version.getTestRows() > 0 && version.getTestRows() <= Integer.MAX_VALUE) {
            full.getEvaluationBuilder().setMaxRows((int) version.getTestRows());
        }
    }

    private static void check(TrainingConfigOrBuilder full, long steps, DatasetVersion version, OptionalInt context) {
        Violations violations = new Violations();
        violations.require(
                version.getTrainRows() > 0,
                "config.dataset_version",
                "expected rows to train on",
                "an empty train split");
        checkValidation(full.getValidation(), version, violations);
        violations.require(
                full.getWarmupSteps() < steps,
                "config.warmup_steps",
                "expected fewer than the run's " + steps + " steps, or the learning rate never reaches its peak",
                full.getWarmupSteps());
        violations.require(
                steps <= Integer.MAX_VALUE, "config.epochs", "expected at most " + Integer.MAX_VALUE + " steps", steps);
        violations.require(
                context.isEmpty() || full.getMaxLength() <= context.getAsInt(),
                "config.max_length",
                "expected at most the base's context of " + context.orElse(0) + " tokens",
                full.getMaxLength());
        violations.refuseIfAny();
    }

    private static void checkValidation(ValidationConfig validation, DatasetVersion version, Violations violations) {
        boolean split = version.getShardsList().stream()
                .anyMatch(shard -> shard.getPath().startsWith("validation/"));
        violations.require(
                !split || validation.getFraction() == 0,
                "config.validation.fraction",
                "expected nothing where the dataset version has a validation split",
                validation.getFraction());
        if (!split && validation.getFraction() == 0) {
            String expected = "expected nothing without validation rows (config.validation.fraction)";
            violations.require(validation.getEverySteps() == 0, "config.validation.every_steps", expected, "a number");
            violations.require(validation.getPatience() == 0, "config.validation.patience", expected, "a number");
            violations.require(validation.getMinDelta() == 0, "config.validation.min_delta", expected, "a number");
            violations.require(
                    validation.getResult() == ResultWeights.LAST, "config.validation.result", expected, "BEST");
        }
    }

    private static LoraConfig complete(LoraConfig lora) {
        LoraConfig.Builder full = lora.toBuilder();
        full.setRank(lora.hasRank() ? lora.getRank() : 16);
        full.setAlpha(lora.hasAlpha() ? lora.getAlpha() : 2.0 * full.getRank());
        full.setDropout(lora.hasDropout() ? lora.getDropout() : 0);
        if (lora.getTargetModulesCount() == 0) {
            full.addAllTargetModules(ConfigRules.LINEAR_LAYERS);
        }
        return full.build();
    }

    private static ValidationConfig complete(ValidationConfig validation) {
        ResultWeights result = validation.getPatience() > 0 ? ResultWeights.BEST : ResultWeights.LAST;
        return ValidationConfig.newBuilder()
                .setFraction(validation.getFraction())
                .setEverySteps(validation.getEverySteps())
                .setPatience(validation.getPatience())
                .setMinDelta(validation.getMinDelta())
                .setResult(
                        validation.getResult() == ResultWeights.RESULT_WEIGHTS_UNSPECIFIED
                                ? result
                                : validation.getResult())
                .build();
    }

    /// Optimiser steps of the run; the last batch of an epoch may be short.
    private static long steps(TrainingConfig.Builder config, DatasetVersion version) {
        if (config.hasMaxSteps()) {
            return config.getMaxSteps();
        }
        long learnt = version.getTrainRows()
                - Math.round(version.getTrainRows() * config.getValidation().getFraction());
        return Math.ceilDiv(learnt, (long) config.getBatchSize()) * config.getEpochs();
    }
}
