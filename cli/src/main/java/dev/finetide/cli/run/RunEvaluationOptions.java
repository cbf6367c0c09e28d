package dev.finetide.cli.run;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.ArmText;
import dev.finetide.cli.eval.BehaviourName;
import dev.finetide.cli.eval.FrozenUpload;
import dev.finetide.cli.eval.ProbeOptions;
import dev.finetide.cli.eval.ScoringOptions;
import dev.finetide.cli.eval.TaskName;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
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

    @Option(
            names = "--eval-documents",
            paramLabel = "NAME[@VERSION]",
            description = "Document set in which arms with passages:K look; default: the train rows.")
    private String documents = "";

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

    @Option(
            names = "--eval-behaviour",
            paramLabel = "KIND",
            arity = "0..1",
            fallbackValue = BehaviourName.ALL,
            split = ",",
            converter = BehaviourName.class)
    private List<BehaviourKind> behaviour = List.of();

    @Option(names = "--eval-behaviour-rows", paramLabel = "ROWS")
    private Integer behaviourRows;

    @Option(names = "--eval-out-of-domain", paramLabel = "SPLIT|NAME@VERSION")
    private String outOfDomain;

    @Option(names = "--eval-forgetting-datasets", paramLabel = "NAME[@VERSION]", split = ",")
    private List<String> forgettingDatasets = List.of();

    @Option(names = "--eval-memory-given", paramLabel = "TOKENS")
    private Integer memoryGiven;

    @Option(names = "--eval-memory-repeated", paramLabel = "TOKENS")
    private Integer memoryRepeated;

    EvaluationConfig config(Names names) throws IOException {
        List<Arm> named = ArmText.parseAll(arms, names, documents);
        FrozenUpload.refuse(named);
        EvaluationConfig scored = new ScoringOptions(
                        maxRows, maxNewTokens, task, metric, moreMetrics, answerPattern, jsonSchema, reuseAnswers)
                .config(withBaseAndTuned(named));
        return new ProbeOptions(behaviour, behaviourRows, outOfDomain, forgettingDatasets, memoryGiven, memoryRepeated)
                .in(scored, names);
    }

    /// Adds the base and the run's result to the arms that a user names: the evaluation of a run is
    /// about both. Without named arms the list stays empty, and the service takes these two.
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
