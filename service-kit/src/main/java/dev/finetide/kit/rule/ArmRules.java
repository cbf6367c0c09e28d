package dev.finetide.kit.rule;

import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.error.Printable;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Checks the rules of an evaluation's settings that concern several fields. Runs and evaluations
/// share them.
public final class ArmRules {
    /// Name of the arm that eval-service adds for the version that is approved.
    public static final String APPROVED = "approved";

    /// Largest size of all arms in bytes: every event of an evaluation carries them several times,
    /// and Kafka takes 1 MiB.
    private static final int LARGEST_ARMS = 100 << 10;

    private final String field;
    private final boolean ofRun;
    private final List<FieldViolation> found = new ArrayList<>();

    private ArmRules(String field, boolean ofRun) {
        this.field = field;
        this.ofRun = ofRun;
    }

    /// Returns what breaks a rule, as far as no dataset is needed.
    ///
    /// @param field name of the settings' field in the request
    /// @param ofRun whether the settings are those of a training run, which alone has a tuned model
    public static List<FieldViolation> violations(String field, EvaluationConfig config, boolean ofRun) {
        ArmRules rules = new ArmRules(field, ofRun);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < config.getArmsCount(); i++) {
            rules.check(field + ".arms[" + i + "]", config.getArms(i), config.getTask(), names);
        }
        if (!ofRun && config.getArmsCount() == 0) {
            rules.refuse(field + ".arms", "expected one arm or more, got none");
        }
        int bytes = EvaluationConfig.newBuilder()
                .addAllArms(config.getArmsList())
                .build()
                .getSerializedSize();
        if (bytes > LARGEST_ARMS) {
            rules.refuse(
                    field + ".arms",
                    "expected arms whose texts have at most %,d bytes together, got %,d"
                            .formatted(LARGEST_ARMS, bytes));
        }
        rules.pattern(config.getAnswerPattern());
        rules.found.addAll(BehaviourRules.violations(field + ".behaviour", config.getBehaviour()));
        return rules.found;
    }

    /// Returns what a dataset version cannot give: more examples than the train split has rows, or
    /// answers of rows that are all text.
    public static List<FieldViolation> unfit(String field, EvaluationConfig config, DatasetVersion version) {
        List<FieldViolation> found = new ArrayList<>(tooManyExamples(field, config, version.getTrainRows()));
        BehaviourRules.unfit(field + ".behaviour", config.getBehaviour(), version)
                .ifPresent(found::add);
        boolean texts = version.getRowFormat() == RowFormat.TEXT;
        if (config.getTask() != Task.TASK_UNSPECIFIED && (config.getTask() == Task.TEXT) != texts) {
            found.add(new FieldViolation(
                    field + ".task",
                    "expected "
                            + (texts
                                    ? "TEXT for rows that are all text"
                                    : "another task than TEXT for rows with answers")
                            + ", got " + config.getTask()));
        }
        for (int i = 0; texts && i < config.getArmsCount(); i++) {
            if (asks(config.getArms(i))) {
                found.add(new FieldViolation(
                        field + ".arms[" + i + "]",
                        "expected an arm without instruction, examples and choices for rows that are all text, got "
                                + Printable.of(config.getArms(i).getName())));
            }
        }
        return found;
    }

    /// Whether an arm needs rows with a question and an answer.
    private static boolean asks(Arm arm) {
        return arm.getAnswering() == Answering.CHOOSE
                || OutsideArmRules.isOutside(arm)
                || arm.getPromptingsList().stream()
                        .anyMatch(prompting -> prompting.getTaskInstruction()
                                || !prompting.getInstruction().isEmpty()
                                || !prompting.getSystem().isEmpty()
                                || prompting.getExamples().getCount() > 0
                                || prompting.getRetrieval().getCount() > 0);
    }

    private static List<FieldViolation> tooManyExamples(String field, EvaluationConfig config, long trainRows) {
        List<FieldViolation> found = new ArrayList<>();
        for (int i = 0; i < config.getArmsCount(); i++) {
            Arm arm = config.getArms(i);
            for (int p = 0; p < arm.getPromptingsCount(); p++) {
                int count = arm.getPromptings(p).getExamples().getCount();
                if (count > trainRows) {
                    found.add(new FieldViolation(
                            field + ".arms[" + i + "].promptings[" + p + "].examples.count",
                            "expected at most %d, the rows of the train split, got %d for arm %s"
                                    .formatted(trainRows, count, arm.getName())));
                }
            }
        }
        return found;
    }

    private void check(String at, Arm arm, Task task, Set<String> names) {
        if (arm.getName().isEmpty()) {
            refuse(at + ".name", "expected a name, got none");
        } else if (!names.add(arm.getName())) {
            refuse(at + ".name", "expected each name once, got " + Printable.of(arm.getName()) + " twice");
        }
        found.addAll(OutsideArmRules.violations(at, arm, task, ofRun));
        boolean version = arm.getModel() == ArmModel.MODEL_VERSION;
        if (version && arm.getModelVersion().isEmpty()) {
            refuse(at + ".model_version", "expected a model version beside model MODEL_VERSION, got none");
        }
        if (!version && !arm.getModelVersion().isEmpty()) {
            refuse(at + ".model", "expected MODEL_VERSION beside a model_version, got " + arm.getModel());
        }
        if (arm.getModel() == ArmModel.TUNED && !ofRun) {
            refuse(at + ".model", "expected BASE or MODEL_VERSION, got TUNED, which only a training run has");
        }
        if (arm.getAnswering() == Answering.CHOOSE && task != Task.TASK_UNSPECIFIED && task != Task.CLASSIFICATION) {
            refuse(at + ".answering", "expected GENERATE for " + task + ", got CHOOSE, which needs labels");
        }
        for (int p = 0; p < arm.getPromptingsCount(); p++) {
            Prompting prompting = arm.getPromptings(p);
            DocumentArms.violation(at + ".promptings[" + p + "].retrieval", prompting.getRetrieval())
                    .ifPresent(found::add);
            if (prompting.getTaskInstruction() && !prompting.getInstruction().isEmpty()) {
                refuse(at + ".promptings[" + p + "].task_instruction", "expected nothing beside instruction, got both");
            }
        }
    }

    private void pattern(String pattern) {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            refuse(field + ".answer_pattern", "expected a regular expression, got one with " + e.getDescription());
        }
    }

    private void refuse(String at, String problem) {
        found.add(new FieldViolation(at, problem));
    }
}
