package dev.finetide.training;

import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.rule.ArmRules;
import dev.finetide.kit.rule.BehaviourRules;
import dev.finetide.kit.rule.DocumentArms;
import dev.finetide.kit.rule.FieldRules;
import dev.finetide.modelfiles.LinearLayers;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Decides whether a user may choose these settings, as far as this can be decided without data and
/// base. The schema holds the rules of single fields, and [FieldRules] checks them; this class adds
/// the rules that concern several fields. [ConfigDefaults] checks the settings against data and
/// base.
final class ConfigRules {
    private static final String TARGETS = "config.lora.target_modules";
    private static final String MODULE_NAME = "[A-Za-z0-9_.-]{0,200}";

    private final Violations violations = new Violations();

    private ConfigRules() {}

    /// Checks the settings as far as no other service is needed.
    ///
    /// @param project project of the run and of everything that the run is made from
    /// @throws ApiException INVALID_FIELD with every violation
    static void check(String project, TrainingConfig config) {
        Violations all = new Violations();
        all.addAll(FieldRules.violations(config, "config"));
        all.addAll(acrossFields(project, config));
        all.refuseIfAny();
    }

    /// Returns what breaks a rule that concerns several fields, for the check of requests.
    static List<FieldViolation> ofRequest(Message request) {
        return request instanceof CreateTrainingRunRequest create && ResourceType.PROJECT.matches(create.getParent())
                ? acrossFields(
                        ResourceType.PROJECT.ids("parent", create.getParent()).getFirst(), create.getConfig())
                : List.of();
    }

    private static List<FieldViolation> acrossFields(String project, TrainingConfig config) {
        ConfigRules rules = new ConfigRules();
        rules.across(project, config);
        return rules.violations.found();
    }

    private void across(String project, TrainingConfig config) {
        names(project, config);
        method(config);
        if (FieldRules.violations(config.getLora(), "config.lora").stream()
                .noneMatch(violation -> violation.field().startsWith(TARGETS))) { // a text may be too long to look at
            targets(config.getLora().getTargetModulesList());
        }
        violations.addAll(ArmRules.violations("config.evaluation", config.getEvaluation(), true));
        DocumentArms.violation("config.passages", config.getPassages())
                .ifPresent(found -> violations.addAll(List.of(found)));
        violations.require(
                !config.hasWarmupSteps() || !config.hasWarmupRatio(),
                "config.warmup_ratio",
                "expected nothing beside config.warmup_steps",
                "both");
        violations.require(
                !config.hasEpochs() || !config.hasMaxSteps(),
                "config.epochs",
                "expected nothing beside config.max_steps",
                "both");
    }

    /// Checks that training can continue with this adapter on this base.
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
                adapter.getState() != ModelVersion.State.REJECTED
                        && adapter.getState() != ModelVersion.State.REVOKED
                        && adapter.getState() != ModelVersion.State.DELETED,
                field,
                "expected a version that was not rejected or revoked",
                adapter.getState());
        rules.violations.require(
                adapter.getBaseDigest().equals(base.getDigest()),
                field,
                "expected an adapter of " + base.getName(),
                "one of " + adapter.getBase() + ", whose files differ");
        rules.violations.require(
                adapter.getTemplateDigest().isEmpty()
                        || base.getTemplateDigest().isEmpty()
                        || adapter.getTemplateDigest().equals(base.getTemplateDigest()),
                field,
                "expected an adapter of the template contract " + base.getTemplateDigest() + " of " + base.getName(),
                adapter.getTemplateDigest());
        rules.violations.refuseIfAny();
    }

    private void names(String project, TrainingConfig config) {
        name("config.dataset_version", ResourceType.DATASET_VERSION, project, config.getDatasetVersion());
        name("config.base", ResourceType.BASE, project, config.getBase());
        name("config.model", ResourceType.MODEL, project, config.getModel());
        name("config.from_model_version", ResourceType.MODEL_VERSION, project, config.getFromModelVersion());
        name(
                "config.passages.documents",
                ResourceType.DATASET_VERSION,
                project,
                config.getPassages().getDocuments());
        DocumentArms.names("config.evaluation.arms", config.getEvaluation().getArmsList())
                .forEach((field, documents) -> name(field, ResourceType.DATASET_VERSION, project, documents));
        BehaviourRules.names(
                        "config.evaluation.behaviour", config.getEvaluation().getBehaviour())
                .forEach((field, probe) -> name(field, ResourceType.DATASET_VERSION, project, probe));
    }

    /// Checks the project in a name. A name without the right form breaks only the rule of its field.
    private void name(String field, ResourceType type, String project, String name) {
        if (type.matches(name)) {
            String owner = type.ids(field, name).getFirst();
            violations.require(
                    owner.equals(project),
                    field,
                    "expected a name in the run's project \"" + project + "\"",
                    "\"" + owner + "\"");
        }
    }

    private void method(TrainingConfig config) {
        if (config.getMethod() == Method.FULL) {
            violations.require(
                    !config.getQlora(), "config.qlora", "expected false where config.method is FULL", "true");
            violations.require(
                    !config.hasLora(), "config.lora", "expected nothing where config.method is FULL", "a LoraConfig");
            violations.require(
                    config.getFromModelVersion().isEmpty(),
                    "config.from_model_version",
                    "expected nothing where config.method is FULL",
                    Printable.of(config.getFromModelVersion(), 200));
        }
        violations.require(
                !config.hasLora() || config.getFromModelVersion().isEmpty(),
                "config.lora",
                "expected nothing beside config.from_model_version, whose settings are taken over",
                "a LoraConfig");
    }

    /// Checks the target modules: names, or one regular expression. Only the worker can decide
    /// which modules of the base it matches.
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
                        TARGETS,
                        "expected each of " + LinearLayers.NAMES + " at most once, or one regular expression",
                        "\"" + Printable.of(module, 100) + "\""));
    }

    private void pattern(String text) {
        try {
            Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            violations.require(false, TARGETS, "expected a regular expression", e.getDescription());
        }
    }

    private static boolean isLinear(String module) {
        return module.matches(MODULE_NAME) && LinearLayers.isNamedBy(module);
    }
}
