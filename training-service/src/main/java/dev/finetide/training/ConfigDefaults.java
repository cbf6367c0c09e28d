package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.rule.ArmRules;
import dev.finetide.modelfiles.LinearLayers;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.ResultWeights;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingConfigOrBuilder;
import dev.finetide.proto.training.v1.ValidationConfig;
import java.util.List;
import java.util.OptionalInt;

/// Decides the values that the user did not choose: the defaults in the schema, and those that
/// follow from data, base or other settings. Refuses settings that only data and base show to be
/// wrong.
final class ConfigDefaults {
    private ConfigDefaults() {}

    /// Returns the same settings with every field set to the value that is used. If `max_steps` is
    /// set, `epochs` stays absent.
    ///
    /// @param context longest row of the base, in tokens, if known
    /// @throws ApiException INVALID_FIELD for a fault that only data and base show: no rows, too
    ///     long a warmup
    static TrainingConfig complete(TrainingConfig config, DatasetVersion version, Base base, OptionalInt context) {
        TrainingConfig.Builder full = config.toBuilder()
                .setDatasetVersion(version.getName())
                .setBase(base.getName())
                .setValidation(complete(config.getValidation()))
                .setEvaluation(complete(config.getEvaluation(), version));
        SettingDefaults.fill(full);
        if (config.hasMaxSteps()) {
            full.clearEpochs();
        }
        if (config.getModel().isEmpty()) {
            List<String> ids = ResourceType.DATASET_VERSION.ids("config.dataset_version", version.getName());
            full.setModel(ResourceType.MODEL.name(ids.get(0), ids.get(1)));
        }
        if (config.getMethod() == Method.LORA) {
            full.setLora(complete(config.getLora()));
        }
        if (!config.hasLearningRate()) {
            full.setLearningRate(config.getMethod() == Method.LORA ? 2e-4 : 2e-5);
        }
        if (!config.hasMaxLength()) {
            context.ifPresent(full::setMaxLength);
        }
        long steps = steps(full, version);
        warmup(config, full, steps);
        check(full, steps, version, context);
        return full.build();
    }

    private static void warmup(TrainingConfig config, TrainingConfig.Builder full, long steps) {
        if (config.hasWarmupSteps()) {
            full.clearWarmupRatio();
        } else {
            full.setWarmupSteps((int) Math.min(steps - 1, Math.round(steps * full.getWarmupRatio())));
        }
    }

    private static EvaluationConfig complete(EvaluationConfig evaluation, DatasetVersion version) {
        EvaluationConfig.Builder full = evaluation.toBuilder();
        SettingDefaults.fill(full);
        if (!evaluation.hasMaxRows() && version.getTestRows() > 0 && version.getTestRows() <= Integer.MAX_VALUE) {
            full.setMaxRows((int) version.getTestRows());
        }
        return full.build();
    }

    private static void check(TrainingConfigOrBuilder full, long steps, DatasetVersion version, OptionalInt context) {
        Violations violations = new Violations();
        violations.require(
                version.getTrainRows() > 0,
                "config.dataset_version",
                "expected rows to train on",
                "an empty train split");
        checkValidation(full.getValidation(), version, violations);
        violations.addAll(ArmRules.unfit("config.evaluation", full.getEvaluation(), version));
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
        SettingDefaults.fill(full);
        if (!lora.hasAlpha()) {
            full.setAlpha(2.0 * full.getRank());
        }
        if (lora.getTargetModulesCount() == 0) {
            full.addAllTargetModules(LinearLayers.NAMES);
        }
        return full.build();
    }

    private static ValidationConfig complete(ValidationConfig validation) {
        ValidationConfig.Builder full = validation.toBuilder();
        SettingDefaults.fill(full);
        if (validation.getResult() == ResultWeights.RESULT_WEIGHTS_UNSPECIFIED) {
            full.setResult(validation.getPatience() > 0 ? ResultWeights.BEST : ResultWeights.LAST);
        }
        return full.build();
    }

    /// Returns the optimiser steps of the run; the last batch of an epoch may be short.
    private static long steps(TrainingConfig.Builder config, DatasetVersion version) {
        if (config.hasMaxSteps()) {
            return config.getMaxSteps();
        }
        long learnt = version.getTrainRows()
                - Math.round(version.getTrainRows() * config.getValidation().getFraction());
        return Math.ceilDiv(learnt, (long) config.getBatchSize()) * config.getEpochs();
    }
}
