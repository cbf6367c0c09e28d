package dev.finetide.cli.run;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.ArmText;
import dev.finetide.cli.eval.FrozenUpload;
import dev.finetide.cli.eval.ScoringOptions;
import dev.finetide.cli.eval.TaskName;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// The settings of the evaluation that follows a run. [SettingDescriptions] describes each option.
final class RunEvaluationOptions {
    @Option(names = "--eval-max-new-tokens", paramLabel = "TOKENS")
    private Integer maxNewTokens;

    @Option(names = "--eval-max-rows", paramLabel = "ROWS")
    private Integer maxRows;

    @Option(names = "--eval-arm", paramLabel = "ARM")
    private List<String> arms = List.of();

    @Option(names = "--eval-task", paramLabel = "TASK", converter = TaskName.class)
    private Task task;

    @Option(names = "--eval-metric", paramLabel = "METRIC")
    private String metric;

    @Option(names = "--eval-more-metrics", paramLabel = "METRIC", split = ",")
    private List<String> moreMetrics = List.of();

    @Option(names = "--eval-answer-pattern", paramLabel = "REGEX")
    private String answerPattern;

    @Option(names = "--eval-json-schema", paramLabel = "@FILE")
    private String jsonSchema;

    @Option(names = "--eval-reuse-answers")
    private boolean reuseAnswers;

    EvaluationConfig config(Names names) throws IOException {
        List<Arm> named = ArmText.parseAll(arms, names);
        FrozenUpload.refuse(named);
        return new ScoringOptions(
                        maxRows, maxNewTokens, task, metric, moreMetrics, answerPattern, jsonSchema, reuseAnswers)
                .config(withBaseAndTuned(named));
    }

    /// Adds the base and the run's result to the arms that a user names: the evaluation of a run is about both. Without
    /// named arms the list stays empty, and the service takes these two.
    static List<Arm> withBaseAndTuned(List<Arm> named) {
        if (named.isEmpty()) {
            return named;
        }
        List<Arm> arms = new ArrayList<>();
        if (named.stream().noneMatch(arm -> arm.getName().equals("base"))) {
            arms.add(Arm.newBuilder().setName("base").setModel(ArmModel.BASE).build());
        }
        arms.addAll(named);
        if (named.stream().noneMatch(arm -> isTunedAsTrained(arm))) {
            int first = 0;
            while (first < arms.size() && arms.get(first).getModel() != ArmModel.TUNED) {
                first++;
            }
            arms.add(
                    first,
                    Arm.newBuilder().setName("tuned").setModel(ArmModel.TUNED).build());
        }
        return arms;
    }

    private static boolean isTunedAsTrained(Arm arm) {
        return arm.getModel() == ArmModel.TUNED && (arm.getName().equals("tuned") || arm.getPromptingsCount() == 0);
    }
}
