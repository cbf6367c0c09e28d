package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.work.v1.WorkError;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JudgedAnswersTest {
    private final JudgedAnswers answers = new JudgedAnswers(List.of("base", "tuned", "gpt"), List.of(0, 2));

    private static EvaluationUpdate answer(String arm, long row, int repeat) {
        return EvaluationUpdate.newBuilder()
                .setResult(ExampleResult.newBuilder()
                        .setArm(arm)
                        .setRow(row)
                        .setRepeat(repeat)
                        .setOutput(arm + row))
                .build();
    }

    @Test
    void aJudgeBeginsWhenEachArmThatHasNotFailedHasAnsweredTheJudgedRows() {
        assertThat(answers.take(answer("base", 0, 0))).isFalse();
        assertThat(answers.take(answer("base", 1, 0))).isFalse();
        assertThat(answers.take(answer("base", 2, 0))).isFalse();
        assertThat(answers.take(answer("tuned", 0, 0))).isFalse();
        assertThat(answers.take(answer("tuned", 2, 1))).as("another draw").isFalse();
        assertThat(answers.take(answer("elsewhere", 2, 0))).isFalse();
        assertThat(answers.take(EvaluationUpdate.newBuilder()
                        .setJudgeReply(JudgeReply.getDefaultInstance())
                        .build()))
                .isFalse();
        assertThat(answers.take(EvaluationUpdate.newBuilder()
                        .setEvaluation(Evaluation.newBuilder()
                                .addArms(EvaluationArm.newBuilder()
                                        .setArm(Arm.newBuilder().setName("gpt"))
                                        .setError(WorkError.getDefaultInstance())))
                        .build()))
                .isFalse();
        assertThat(answers.take(answer("tuned", 2, 0))).isTrue();

        assertThat(answers.byArm())
                .containsExactly(
                        Map.entry("base", Map.of(0, "base0", 2, "base2")),
                        Map.entry("tuned", Map.of(0, "tuned0", 2, "tuned2")));
    }
}
