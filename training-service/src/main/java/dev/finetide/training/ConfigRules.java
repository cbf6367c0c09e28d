package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.ResultWeights;
import dev.finetide.proto.training.v1.Schedule;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.ValidationConfig;
import dev.finetide.proto.training.v1.WeightDecayOn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// What a user may choose, and what is used where the user chose nothing. All violations are told at once.
final class ConfigRules {
    /// The linear layers of a Llama block, in Hugging Face's names.
    static final List<String> LINEAR_LAYERS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    private static final String MODULE_NAME = "[A-Za-z0-9_.-]{0,200}";
    private static final int MAX_PATTERN = 1000;
    private static final double WARMUP_PART = 0.03;

    private final List<FieldViolation> violations = new ArrayList<>();

    private ConfigRules() {}

    /// Checks what needs no other service.
    ///
    /// @param project the run's; everything it is made from belongs to the same
    /// @throws ApiException INVALID_FIELD with every violation
    static void check(String project, TrainingConfig config) {
        ConfigRules rules = new ConfigRules();
        rules.names(project, config);
        rules.method(config);
        rules.optimiser(config);
        rules.extent(config);
        rules.validation(config.getValidation());
        rules.refuseIfAny();
    }

    /// Checks the adapter that training is to go on with against the base.
    ///
    /// @throws ApiException INVALID_FIELD
    static void checkAdapter(ModelVersion adapter, Base base) {
        ConfigRules rules = new ConfigRules();
        String field = "config.from_model_version";
        rules.require(
                adapter.getKind() == ModelKind.ADAPTER,
                field,
                "expected an adapter",
                "a full model, which can be added as a base");
        rules.require(
                adapter.getState() != ModelVersion.State.REJECTED && adapter.getState() != ModelVersion.State.REVOKED,
                field,
                "expected a version that was not rejected or revoked",
                adapter.getState());
        rules.require(
                adapter.getBaseDigest().equals(base.getDigest()),
                field,
                "expected an adapter of " + base.getName(),
                "one of " + adapter.getBase() + ", whose files differ");
        rules.refuseIfAny();
    }

    private void names(String project, TrainingConfig config) {
        name("config.dataset_version", ResourceType.DATASET_VERSION, project, config.getDatasetVersion());
        name("config.base", ResourceType.BASE, project, config.getBase());
        if (!config.getModel().isEmpty()) {
            name("config.model", ResourceType.MODEL, project, config.getModel());
        }
        if (!config.getFromModelVersion().isEmpty()) {
            name("config.from_model_version", ResourceType.MODEL_VERSION, project, config.getFromModelVersion());
        }
    }

    private void name(String field, ResourceType type, String project, String name) {
        try {
            String owner = type.ids(field, name).getFirst();
            require(
                    owner.equals(project),
                    field,
                    "expected a name in the run's project \"" + project + "\"",
                    "\"" + owner + "\"");
        } catch (ApiException malformed) {
            violations.addAll(malformed.violations());
        }
    }

    private void method(TrainingConfig config) {
        require(config.getMethod() != Method.METHOD_UNSPECIFIED, "config.method", "expected LORA or FULL", "nothing");
        if (config.getMethod() == Method.FULL) {
            require(!config.getQlora(), "config.qlora", "expected false where config.method is FULL", "true");
            require(!config.hasLora(), "config.lora", "expected nothing where config.method is FULL", "a LoraConfig");
            require(
                    config.getFromModelVersion().isEmpty(),
                    "config.from_model_version",
                    "expected nothing where config.method is FULL",
                    config.getFromModelVersion());
        }
        require(
                !config.hasLora() || config.getFromModelVersion().isEmpty(),
                "config.lora",
                "expected nothing beside config.from_model_version, whose settings are taken over",
                "a LoraConfig");
        LoraConfig lora = config.getLora();
        if (lora.hasRank()) {
            between("config.lora.rank", lora.getRank(), 1, 1024);
        }
        if (lora.hasAlpha()) {
            above("config.lora.alpha", lora.getAlpha());
        }
        if (lora.hasDropout()) {
            require(
                    lora.getDropout() >= 0 && lora.getDropout() < 1,
                    "config.lora.dropout",
                    "expected 0 to below 1",
                    lora.getDropout());
        }
        targets(lora.getTargetModulesList());
    }

    /// Names, or one regular expression; which modules of the base it matches, only the worker can tell.
    private void targets(List<String> modules) {
        boolean pattern = modules.size() == 1 && !modules.getFirst().matches(MODULE_NAME);
        if (pattern) {
            pattern(modules.getFirst());
            return;
        }
        Set<String> seen = new HashSet<>();
        modules.stream()
                .filter(module -> !isLinear(module) || !seen.add(module))
                .findFirst()
                .ifPresent(module -> require(
                        false,
                        "config.lora.target_modules",
                        "expected each of " + LINEAR_LAYERS + " at most once, or one regular expression",
                        "\"" + printable(module) + "\""));
    }

    private void pattern(String text) {
        String field = "config.lora.target_modules";
        if (text.length() > MAX_PATTERN) {
            String expected = "expected a regular expression of at most " + MAX_PATTERN + " characters";
            require(false, field, expected, text.length());
            return;
        }
        try {
            Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            require(false, field, "expected a regular expression", e.getDescription());
        }
    }

    private static boolean isLinear(String module) {
        return module.matches(MODULE_NAME) && LINEAR_LAYERS.contains(module.substring(module.lastIndexOf('.') + 1));
    }

    private void optimiser(TrainingConfig config) {
        if (config.hasLearningRate()) {
            above("config.learning_rate", config.getLearningRate());
        }
        if (config.hasWarmupSteps()) {
            between("config.warmup_steps", config.getWarmupSteps(), 0, Integer.MAX_VALUE);
            require(
                    !config.hasWarmupRatio(),
                    "config.warmup_ratio",
                    "expected nothing beside config.warmup_steps",
                    "both");
        }
        if (config.hasWarmupRatio()) {
            part("config.warmup_ratio", config.getWarmupRatio());
        }
        if (config.hasNeftuneAlpha()) {
            require(
                    config.getNeftuneAlpha() >= 0 && config.getNeftuneAlpha() <= 1_000,
                    "config.neftune_alpha",
                    "expected 0 to 1000",
                    config.getNeftuneAlpha());
        }
        if (config.hasWeightDecay()) {
            require(
                    config.getWeightDecay() >= 0 && config.getWeightDecay() < 1,
                    "config.weight_decay",
                    "expected 0 to below 1",
                    config.getWeightDecay());
        }
        if (config.hasMaxGradNorm()) {
            atLeastZero("config.max_grad_norm", config.getMaxGradNorm());
        }
    }

    private void extent(TrainingConfig config) {
        if (config.hasBatchSize()) {
            between("config.batch_size", config.getBatchSize(), 1, 65_536);
        }
        if (config.hasEpochs()) {
            between("config.epochs", config.getEpochs(), 1, 100_000);
            require(!config.hasMaxSteps(), "config.epochs", "expected nothing beside config.max_steps", "both");
        }
        if (config.hasMaxSteps()) {
            between("config.max_steps", config.getMaxSteps(), 1, Integer.MAX_VALUE);
        }
        if (config.hasMaxLength()) {
            between("config.max_length", config.getMaxLength(), 2, 1 << 20);
        }
        if (config.hasCheckpointEverySteps()) {
            between("config.checkpoint_every_steps", config.getCheckpointEverySteps(), 0, Integer.MAX_VALUE);
        }
        if (config.getEvaluation().hasMaxNewTokens()) {
            between("config.evaluation.max_new_tokens", config.getEvaluation().getMaxNewTokens(), 1, 1 << 20);
        }
        if (config.getEvaluation().hasMaxRows()) {
            between("config.evaluation.max_rows", config.getEvaluation().getMaxRows(), 1, Integer.MAX_VALUE);
        }
        between("config.priority", config.getPriority(), -1_000, 1_000);
        if (config.hasMaxAttempts()) {
            between("config.max_attempts", config.getMaxAttempts(), 1, 100);
        }
        if (config.hasMicroBatchTokens()) {
            between("config.micro_batch_tokens", config.getMicroBatchTokens(), 0, 1 << 24);
        }
        machine(config);
        if (config.hasSaveTotalLimit()) {
            between("config.save_total_limit", config.getSaveTotalLimit(), 1, 100);
        }
    }

    /// Whether the worker has what is asked for, only it can tell.
    private void machine(TrainingConfig config) {
        require(
                config.getDevice().matches("|auto|cpu|cuda(:[0-9]{1,3})?"),
                "config.device",
                "expected auto, cpu, cuda or cuda:N",
                "\"" + printable(config.getDevice()) + "\"");
        if (config.hasThreads()) {
            between("config.threads", config.getThreads(), 1, 1024);
        }
        if (config.hasMemoryBudgetBytes()) {
            between("config.memory_budget_bytes", config.getMemoryBudgetBytes(), 1, Long.MAX_VALUE);
        }
    }

    private void validation(ValidationConfig validation) {
        if (validation.hasFraction()) {
            part("config.validation.fraction", validation.getFraction());
        }
        if (validation.hasEverySteps()) {
            between("config.validation.every_steps", validation.getEverySteps(), 0, Integer.MAX_VALUE);
        }
        if (validation.hasPatience()) {
            between("config.validation.patience", validation.getPatience(), 0, Integer.MAX_VALUE);
        }
        if (validation.hasMinDelta()) {
            atLeastZero("config.validation.min_delta", validation.getMinDelta());
        }
    }

    /// The same with every field set to the value that is used; `epochs` stays absent beside `max_steps`.
    ///
    /// @param context the base's, in tokens, if known
    /// @throws ApiException INVALID_FIELD for what shows only against data and base: no rows, too long a warmup
    static TrainingConfig complete(TrainingConfig config, DatasetVersion version, Base base, OptionalInt context) {
        boolean lora = config.getMethod() == Method.LORA;
        TrainingConfig.Builder full =
                config.toBuilder().setDatasetVersion(version.getName()).setBase(base.getName());
        if (config.getModel().isEmpty()) {
            List<String> ids = ResourceType.DATASET_VERSION.ids("config.dataset_version", version.getName());
            full.setModel(ResourceType.MODEL.name(ids.get(0), ids.get(1)));
        }
        if (lora) {
            full.setLora(complete(config.getLora()));
        }
        full.setLearningRate(config.hasLearningRate() ? config.getLearningRate() : lora ? 2e-4 : 2e-5);
        full.setSchedule(
                config.getSchedule() == Schedule.SCHEDULE_UNSPECIFIED ? Schedule.COSINE : config.getSchedule());
        full.setBatchSize(config.hasBatchSize() ? config.getBatchSize() : 16);
        if (!config.hasMaxSteps()) {
            full.setEpochs(config.hasEpochs() ? config.getEpochs() : 3);
        }
        full.setWeightDecay(config.hasWeightDecay() ? config.getWeightDecay() : 0.01);
        full.setMaxGradNorm(config.hasMaxGradNorm() ? config.getMaxGradNorm() : 1.0);
        full.setSeed(config.hasSeed() ? config.getSeed() : 42);
        full.setCheckpointEverySteps(config.hasCheckpointEverySteps() ? config.getCheckpointEverySteps() : 50);
        full.getEvaluationBuilder()
                .setMaxNewTokens(
                        config.getEvaluation().hasMaxNewTokens()
                                ? config.getEvaluation().getMaxNewTokens()
                                : 64);
        if (!config.getEvaluation().hasMaxRows()
                && version.getTestRows() > 0
                && version.getTestRows() <= Integer.MAX_VALUE) {
            full.getEvaluationBuilder().setMaxRows((int) version.getTestRows());
        }
        if (!config.hasMaxLength()) {
            context.ifPresent(full::setMaxLength);
        }
        full.setMaxAttempts(config.hasMaxAttempts() ? config.getMaxAttempts() : 3);
        full.setSaveTotalLimit(config.hasSaveTotalLimit() ? config.getSaveTotalLimit() : 2);
        full.setDevice(config.getDevice().isEmpty() ? "auto" : config.getDevice());
        full.setNeftuneAlpha(config.getNeftuneAlpha());
        full.setWeightDecayOn(
                config.getWeightDecayOn() == WeightDecayOn.WEIGHT_DECAY_ON_UNSPECIFIED
                        ? WeightDecayOn.ALL_WEIGHTS
                        : config.getWeightDecayOn());
        full.setValidation(complete(config.getValidation()));
        long steps = steps(full, version);
        if (!config.hasWarmupSteps()) {
            full.setWarmupRatio(config.hasWarmupRatio() ? config.getWarmupRatio() : WARMUP_PART);
            full.setWarmupSteps((int) Math.round(steps * full.getWarmupRatio()));
        }
        ConfigRules rules = new ConfigRules();
        rules.require(
                version.getTrainRows() > 0,
                "config.dataset_version",
                "expected rows to train on",
                "an empty train split");
        rules.heldOut(full.getValidation(), version);
        rules.require(
                full.getWarmupSteps() <= steps,
                "config.warmup_steps",
                "expected at most the run's " + steps + " steps",
                full.getWarmupSteps());
        rules.require(
                steps <= Integer.MAX_VALUE, "config.epochs", "expected at most " + Integer.MAX_VALUE + " steps", steps);
        rules.require(
                context.isEmpty() || full.getMaxLength() <= context.getAsInt(),
                "config.max_length",
                "expected at most the base's context of " + context.orElse(0) + " tokens",
                full.getMaxLength());
        rules.refuseIfAny();
        return full.build();
    }

    private void heldOut(ValidationConfig validation, DatasetVersion version) {
        boolean split = version.getShardsList().stream()
                .anyMatch(shard -> shard.getPath().startsWith("validation/"));
        require(
                !split || validation.getFraction() == 0,
                "config.validation.fraction",
                "expected nothing where the dataset version has a validation split",
                validation.getFraction());
        if (!split && validation.getFraction() == 0) {
            String expected = "expected nothing without held-out rows (config.validation.fraction)";
            require(validation.getEverySteps() == 0, "config.validation.every_steps", expected, "a number");
            require(validation.getPatience() == 0, "config.validation.patience", expected, "a number");
            require(validation.getMinDelta() == 0, "config.validation.min_delta", expected, "a number");
            require(validation.getResult() == ResultWeights.LAST, "config.validation.result", expected, "BEST");
        }
    }

    private static LoraConfig complete(LoraConfig lora) {
        LoraConfig.Builder full = lora.toBuilder();
        full.setRank(lora.hasRank() ? lora.getRank() : 16);
        full.setAlpha(lora.hasAlpha() ? lora.getAlpha() : 2.0 * full.getRank());
        full.setDropout(lora.hasDropout() ? lora.getDropout() : 0);
        if (lora.getTargetModulesCount() == 0) {
            full.addAllTargetModules(LINEAR_LAYERS);
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

    private void part(String field, double value) {
        require(value >= 0 && value < 1, field, "expected 0 to below 1", value);
    }

    private void above(String field, double value) {
        require(value > 0 && Double.isFinite(value), field, "expected a finite number above 0", value);
    }

    private void atLeastZero(String field, double value) {
        require(value >= 0 && Double.isFinite(value), field, "expected a finite number of at least 0", value);
    }

    private void between(String field, long value, long lowest, long highest) {
        require(value >= lowest && value <= highest, field, "expected " + lowest + " to " + highest, value);
    }

    private void require(boolean held, String field, String expected, Object actual) {
        if (!held) {
            violations.add(new FieldViolation(field, expected + ", got " + actual));
        }
    }

    private void refuseIfAny() {
        if (!violations.isEmpty()) {
            throw ApiException.invalidFields(violations);
        }
    }

    private static String printable(String text) {
        String safe = text.replaceAll("[^\\x20-\\x7e]", "?");
        return safe.length() <= 100 ? safe : safe.substring(0, 100) + "...";
    }
}
