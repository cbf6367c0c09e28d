package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/// Options that say what an evaluation asks and measures, for the commands that are about evaluations alone.
public final class EvaluationOptions {
    /// The option that sets a field, by the field's path in EvaluationConfig.
    private static final Map<String, String> OPTION_BY_FIELD = Map.of(
            "arms", "--arm",
            "max_rows", "--max-rows",
            "max_new_tokens", "--max-new-tokens",
            "task", "--task",
            "primary_metric", "--metric",
            "more_metrics", "--more-metrics",
            "answer_pattern", "--answer-pattern",
            "json_schema", "--json-schema",
            "reuse_answers", "--reuse-answers");

    @Option(
            names = "--arm",
            paramLabel = "ARM",
            description = "An arm to compare; may be given several times. See below.")
    private List<String> arms = List.of();

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

    /// @throws IOException if a file that an option names cannot be read
    public EvaluationConfig config(Names names) throws IOException {
        return new ScoringOptions(
                        maxRows, maxNewTokens, task, metric, moreMetrics, answerPattern, jsonSchema, reuseAnswers)
                .config(ArmText.parseAll(arms, names));
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
