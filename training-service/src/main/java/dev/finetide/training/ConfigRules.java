package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.ValidationConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// What a user may choose, as far as no data or base is needed to tell; [ConfigDefaults] tells the rest.
final class ConfigRules {
    /// The linear layers of a Llama block, in Hugging Face's names.
    static final List<String> LINEAR_LAYERS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    private static final String MODULE_NAME = "[A-Za-z0-9_.-]{0,200}";
    private static final int MAX_PATTERN = 1000;

    private final Violations violations = new Violations();

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
        rules.violations.refuseIfAny();
    }

    /// Checks the adapter that training is to go on with against the base.
    ///
    /// @throws ApiException INVALID_FIELD
    static void checkAdapter(ModelVersion adapter, Base base) {
        ConfigRules rules = new ConfigRules();
        String field = "config.from_model_version";
        rules.violations.require(
                adapter.getKind() == ModelKind.ADAPTER,
                field,
                "expected an adapter",
                "a full model, which can be added as a base");
        rules.violations.require(
                adapter.getState() != ModelVersion.State.REJECTED && adapter.getState() != ModelVersion.State.REVOKED,
                field,
                "expected a version that was not rejected or revoked",
                adapter.getState());
        rules.violations.require(
                adapter.getBaseDigest().equals(base.getDigest()),
                field,
                "expected an adapter of " + base.getName(),
                "one of " + adapter.getBase() + ", whose files differ");
        rules.violations.refuseIfAny();
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
            violations.require(
                    owner.equals(project),
                    field,
                    "expected a name in the run's project \"" + project + "\"",
                    "\"" + owner + "\"");
        } catch (ApiException malformed) {
            violations.addAll(malformed);
        }
    }

    private void method(TrainingConfig config) {
        violations.require(
                config.getMethod() != Method.METHOD_UNSPECIFIED, "config.method", "expected LORA or FULL", "nothing");
        if (config.getMethod() == Method.FULL) {
            violations.require(
                    !config.getQlora(), "config.qlora", "expected false where config.method is FULL", "true");
            violations.require(
                    !config.hasLora(), "config.lora", "expected nothing where config.method is FULL", "a LoraConfig");
            violations.require(
                    config.getFromModelVersion().isEmpty(),
                    "config.from_model_version",
                    "expected nothing where config.method is FULL",
                    config.getFromModelVersion());
        }
        violations.require(
                !config.hasLora() || config.getFromModelVersion().isEmpty(),
                "config.lora",
                "expected nothing beside config.from_model_version, whose settings are taken over",
                "a LoraConfig");
        LoraConfig lora = config.getLora();
        if (lora.hasRank()) {
            violations.between("config.lora.rank", lora.getRank(), 1, 1024);
        }
        if (lora.hasAlpha()) {
            violations.aboveZero("config.lora.alpha", lora.getAlpha());
        }
        if (lora.hasDropout()) {
            violations.part("config.lora.dropout", lora.getDropout());
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
                .ifPresent(module -> violations.require(
                        false,
                        "config.lora.target_modules",
                        "expected each of " + LINEAR_LAYERS + " at most once, or one regular expression",
                        "\"" + printable(module) + "\""));
    }

    private void pattern(String text) {
        String field = "config.lora.target_modules";
        if (text.length() > MAX_PATTERN) {
            String expected = "expected a regular expression of at most " + MAX_PATTERN + " characters";
            violations.require(false, field, expected, text.length());
            return;
        }
        try {
            Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            violations.require(false, field, "expected a regular expression", e.getDescription());
        }
    }

    private static boolean isLinear(String module) {
        return module.matches(MODULE_NAME) && LINEAR_LAYERS.contains(module.substring(module.lastIndexOf('.') + 1));
    }

    private void optimiser(TrainingConfig config) {
        if (config.hasLearningRate()) {
            violations.aboveZero("config.learning_rate", config.getLearningRate());
        }
        if (config.hasWarmupSteps()) {
            violations.between("config.warmup_steps", config.getWarmupSteps(), 0, Integer.MAX_VALUE);
            violations.require(
                    !config.hasWarmupRatio(),
                    "config.warmup_ratio",
                    "expected nothing beside config.warmup_steps",
                    "both");
        }
        if (config.hasWarmupRatio()) {
            violations.part("config.warmup_ratio", config.getWarmupRatio());
        }
        if (config.hasNeftuneAlpha()) {
            violations.require(
                    config.getNeftuneAlpha() >= 0 && config.getNeftuneAlpha() <= 1_000,
                    "config.neftune_alpha",
                    "expected 0 to 1000",
                    config.getNeftuneAlpha());
        }
        if (config.hasWeightDecay()) {
            violations.part("config.weight_decay", config.getWeightDecay());
        }
        if (config.hasMaxGradNorm()) {
            violations.atLeastZero("config.max_grad_norm", config.getMaxGradNorm());
        }
    }

    private void extent(TrainingConfig config) {
        if (config.hasBatchSize()) {
            violations.between("config.batch_size", config.getBatchSize(), 1, 65_536);
        }
        if (config.hasEpochs()) {
            violations.between("config.epochs", config.getEpochs(), 1, 100_000);
            violations.require(
                    !config.hasMaxSteps(), "config.epochs", "expected nothing beside config.max_steps", "both");
        }
        if (config.hasMaxSteps()) {
            violations.between("config.max_steps", config.getMaxSteps(), 1, Integer.MAX_VALUE);
        }
        if (config.hasMaxLength()) {
            violations.between("config.max_length", config.getMaxLength(), 2, 1 << 20);
        }
        if (config.hasCheckpointEverySteps()) {
            violations.between("config.checkpoint_every_steps", config.getCheckpointEverySteps(), 0, Integer.MAX_VALUE);
        }
        if (config.getEvaluation().hasMaxNewTokens()) {
            violations.between(
                    "config.evaluation.max_new_tokens", config.getEvaluation().getMaxNewTokens(), 1, 1 << 20);
        }
        if (config.getEvaluation().hasMaxRows()) {
            violations.between(
                    "config.evaluation.max_rows", config.getEvaluation().getMaxRows(), 1, Integer.MAX_VALUE);
        }
        violations.between("config.priority", config.getPriority(), -1_000, 1_000);
        if (config.hasMaxAttempts()) {
            violations.between("config.max_attempts", config.getMaxAttempts(), 1, 100);
        }
        if (config.hasMicroBatchTokens()) {
            violations.between("config.micro_batch_tokens", config.getMicroBatchTokens(), 0, 1 << 24);
        }
        machine(config);
        if (config.hasSaveTotalLimit()) {
            violations.between("config.save_total_limit", config.getSaveTotalLimit(), 1, 100);
        }
    }

    /// Whether the worker has what is asked for, only it can tell.
    private void machine(TrainingConfig config) {
        violations.require(
                config.getDevice().matches("|auto|cpu|cuda(:[0-9]{1,3})?"),
                "config.device",
                "expected auto, cpu, cuda or cuda:N",
                "\"" + printable(config.getDevice()) + "\"");
        if (config.hasThreads()) {
            violations.between("config.threads", config.getThreads(), 1, 1024);
        }
        if (config.hasMemoryBudgetBytes()) {
            violations.between("config.memory_budget_bytes", config.getMemoryBudgetBytes(), 1, Long.MAX_VALUE);
        }
    }

    private void validation(ValidationConfig validation) {
        if (validation.hasFraction()) {
            violations.part("config.validation.fraction", validation.getFraction());
        }
        if (validation.hasEverySteps()) {
            violations.between("config.validation.every_steps", validation.getEverySteps(), 0, Integer.MAX_VALUE);
        }
        if (validation.hasPatience()) {
            violations.between("config.validation.patience", validation.getPatience(), 0, Integer.MAX_VALUE);
        }
        if (validation.hasMinDelta()) {
            violations.atLeastZero("config.validation.min_delta", validation.getMinDelta());
        }
    }

    private static String printable(String text) {
        String safe = text.replaceAll("[^\\x20-\\x7e]", "?");
        return safe.length() <= 100 ? safe : safe.substring(0, 100) + "...";
    }
}
