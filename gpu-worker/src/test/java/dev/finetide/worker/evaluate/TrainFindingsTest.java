package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.Task;
import dev.finetide.proto.evaluation.v1.DataFindings;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextRow;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainFindingsTest {
    @Test
    void rowsWhoseQuestionHasAnotherAnswerElsewhereContradict() {
        List<TextRow> rows = List.of(
                new PromptCompletionRow("red", "one"),
                new PromptCompletionRow(" red\n", "two"),
                new PromptCompletionRow("red", " one "),
                new PromptCompletionRow("blue", "one"),
                new PromptCompletionRow("blue", "one"));

        assertThat(TrainFindings.of(rows, Task.CLASSIFICATION))
                .isEqualTo(DataFindings.newBuilder()
                        .setTrainRows(5)
                        .setDistinctInputs(2)
                        .setContradictingRows(3)
                        .setDistinctAnswers(2)
                        .setMajorityShare(0.8)
                        .build());
        assertThat(TrainFindings.of(List.of(), Task.FREE_TEXT)).isEqualTo(DataFindings.getDefaultInstance());
    }

    @Test
    void aConversationAsksWithAllOfItsTurns() {
        String form = """
                {"messages":[{"role":"system","content":"%s"},{"role":"user","content":"Hi"},
                 {"role":"assistant","content":"%s"},{"role":"user","content":"Thanks"}]}""";
        assertThat(TrainFindings.of(
                                List.of(
                                        TextRow.parse(form.formatted("Be brief.", "Yes")),
                                        TextRow.parse(form.formatted("Be long.", "Yes, of course"))),
                                Task.SHORT_ANSWER)
                        .getContradictingRows())
                .isZero();
        assertThat(TrainFindings.of(
                                List.of(
                                        TextRow.parse(form.formatted("Be brief.", "Yes")),
                                        TextRow.parse(form.formatted("Be brief.", "No"))),
                                Task.SHORT_ANSWER)
                        .getContradictingRows())
                .isEqualTo(2);
    }
}
