package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The options of an evaluation that are no arms, as users typed them. Commands spell these options in two ways:
/// `--metric` of an evaluation is `--eval-metric` of a run. Null stands for an option that was not given.
///
/// @param jsonSchema text of the schema, or `@` and its file
public record ScoringOptions(
        Integer maxRows,
        Integer maxNewTokens,
        Task task,
        String metric,
        List<String> moreMetrics,
        String answerPattern,
        String jsonSchema,
        boolean reuseAnswers) {
    /// @throws IOException if a file that an option names cannot be read
    public EvaluationConfig config(List<Arm> arms) throws IOException {
        EvaluationConfig.Builder config = EvaluationConfig.newBuilder()
                .addAllArms(arms)
                .addAllMoreMetrics(moreMetrics)
                .setReuseAnswers(reuseAnswers);
        if (maxRows != null) {
            config.setMaxRows(maxRows);
        }
        if (maxNewTokens != null) {
            config.setMaxNewTokens(maxNewTokens);
        }
        if (task != null) {
            config.setTask(task);
        }
        if (metric != null) {
            config.setPrimaryMetric(metric);
        }
        if (answerPattern != null) {
            config.setAnswerPattern(answerPattern);
        }
        if (jsonSchema != null) {
            config.setJsonSchema(textOrFile(jsonSchema));
        }
        return config.build();
    }

    static String textOrFile(String typed) throws IOException {
        return typed.startsWith("@") ? ArmText.fileText(Path.of(typed.substring(1))) : typed;
    }
}
