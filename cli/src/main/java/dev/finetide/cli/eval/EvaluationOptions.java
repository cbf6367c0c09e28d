package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/// Options that say what an evaluation asks and measures, for the commands that are about evaluations alone.
public final class EvaluationOptions {
    /// The option that sets a field, by the field's path in EvaluationConfig.
    private static final Map<String, String> OPTION_BY_FIELD = Map.ofEntries(
            Map.entry("arms", "--arm"),
            Map.entry("max_rows", "--max-rows"),
            Map.entry("max_new_tokens", "--max-new-tokens"),
            Map.entry("task", "--task"),
            Map.entry("primary_metric", "--metric"),
            Map.entry("more_metrics", "--more-metrics"),
            Map.entry("answer_pattern", "--answer-pattern"),
            Map.entry("json_schema", "--json-schema"),
            Map.entry("reuse_answers", "--reuse-answers"),
            Map.entry("behaviour.probes", "--behaviour"),
            Map.entry("behaviour.rows", "--behaviour-rows"),
            Map.entry("behaviour.out_of_domain", "--out-of-domain"),
            Map.entry("behaviour.datasets", "--forgetting-datasets"),
            Map.entry("behaviour.given_tokens", "--memory-given"),
            Map.entry("behaviour.repeated_tokens", "--memory-repeated"));

    /// The arm that looks up where a user names documents and no arm: validation rows choose.
    private static final String PASSAGES = "passages=passages:2+passages:4+passages:4:fused";

    @Option(
            names = "--arm",
            paramLabel = "ARM",
            description = "An arm to compare; may be given several times. See below.")
    private List<String> arms = List.of();

    @Option(
            names = "--documents",
            paramLabel = "NAME[@VERSION]",
            description = "Document set in which arms with passages:K look; default: the train rows.")
    private String documents = "";

    @Option(names = "--max-rows", paramLabel = "ROWS", description = "Ask only the first rows; default: all.")
    private Integer maxRows;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "TOKENS",
            description = "Tokens of the longest answer; default: what the longest expected answer needs.")
    private Integer maxNewTokens;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            converter = TaskName.class,
            description =
                    "What the answers are: classification, short-answer, number, json-extraction, summary, free-text,"
                            + " function-calls; default: detected from the train answers.")
    private Task task;

    @Option(
            names = "--metric",
            paramLabel = "METRIC",
            description = "The metric that decides, such as exact_match; default: the task's.")
    private String metric;

    @Option(
            names = "--more-metrics",
            paramLabel = "METRIC",
            split = ",",
            description = "Metrics to report in addition to the task's, separated by commas.")
    private List<String> moreMetrics = List.of();

    @Option(
            names = "--answer-pattern",
            paramLabel = "REGEX",
            description =
                    "Regular expression that cuts the answer out of an output: its first group, or the whole match;"
                            + " default: the task's rule.")
    private String answerPattern;

    @Option(
            names = "--json-schema",
            paramLabel = "@FILE",
            description = "JSON Schema that answers are checked against.")
    private String jsonSchema;

    @Option(
            names = "--reuse-answers",
            description = "Count the answers that equal arms gave to the same rows in earlier evaluations.")
    private boolean reuseAnswers;

    @Option(
            names = "--behaviour",
            paramLabel = "KIND",
            arity = "0..1",
            fallbackValue = BehaviourName.ALL,
            split = ",",
            converter = BehaviourName.class,
            description = "Probe what training did beside the task, for each trained arm against the base:"
                    + " generalisation, forgetting, memorisation, over-refusal, unsafe-answers; all of them without a"
                    + " list.")
    private List<BehaviourKind> behaviour = List.of();

    @Option(
            names = "--behaviour-rows",
            paramLabel = "ROWS",
            description = "Rows of each probe that is drawn from a dataset; default: 100.")
    private Integer behaviourRows;

    @Option(
            names = "--out-of-domain",
            paramLabel = "SPLIT|NAME@VERSION",
            description = "Rows of another domain: a split of the dataset, or a dataset; default: the split ood,"
                    + " out-of-domain or out_of_domain, if there is one.")
    private String outOfDomain;

    @Option(
            names = "--forgetting-datasets",
            paramLabel = "NAME[@VERSION]",
            split = ",",
            description = "Other datasets on whose rows the loss is measured, separated by commas.")
    private List<String> forgettingDatasets = List.of();

    @Option(
            names = "--memory-given",
            paramLabel = "TOKENS",
            description = "Tokens of a train answer that the model is given when its memory is probed; default: 16.")
    private Integer memoryGiven;

    @Option(
            names = "--memory-repeated",
            paramLabel = "TOKENS",
            description = "Tokens that must follow as in the train answer for it to count as memorised; default: 32.")
    private Integer memoryRepeated;

    /// @throws IOException if a file that an option names cannot be read
    public EvaluationConfig config(Names names) throws IOException {
        return config(names, arms);
    }

    /// Returns the settings with an arm that looks up in `--documents`, if no arm does.
    public EvaluationConfig configWithPassages(Names names) throws IOException {
        List<String> all = new ArrayList<>(arms);
        if (!documents.isEmpty() && arms.stream().noneMatch(arm -> arm.contains("passages:"))) {
            all.add(PASSAGES);
        }
        return config(names, all);
    }

    private EvaluationConfig config(Names names, List<String> asked) throws IOException {
        EvaluationConfig scored = new ScoringOptions(
                        maxRows, maxNewTokens, task, metric, moreMetrics, answerPattern, jsonSchema, reuseAnswers)
                .config(ArmText.parseAll(asked, names, documents));
        return new ProbeOptions(behaviour, behaviourRows, outOfDomain, forgettingDatasets, memoryGiven, memoryRepeated)
                .in(scored, names);
    }

    boolean hasArms() {
        return !arms.isEmpty();
    }

    /// Returns the option of each field.
    ///
    /// @param prefix path of the EvaluationConfig in the request, with a dot at its end
    public static Map<String, String> optionByField(String prefix) {
        return OPTION_BY_FIELD.entrySet().stream()
                .collect(Collectors.toMap(entry -> prefix + entry.getKey(), Map.Entry::getValue));
    }
}
