package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.Task;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.evaluation.v1.DataFindings;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.relation.Contradictions;
import dev.finetide.suitability.relation.TrainRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    /// The report on a dataset and an evaluation of it must not say two numbers.
    @Test
    void theSuitabilityReportCountsTheSameRows(@TempDir Path scratch) throws IOException {
        Random random = new Random(27);
        List<TextRow> labels = new ArrayList<>();
        List<TextRow> texts = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            String question = "question  " + random.nextInt(200);
            labels.add(new PromptCompletionRow(question, random.nextInt(3) == 0 ? "Yes." : i % 5 == 0 ? "no" : "yes"));
            texts.add(new PromptCompletionRow(
                    question,
                    "The fee of this contract is %d euros%s, to be paid before the end of the month by card or by letter."
                            .formatted(random.nextInt(2), i % 3 == 0 ? " and no more" : "")));
        }
        assertCountsAgree(labels, Task.CLASSIFICATION, scratch);
        assertCountsAgree(texts, Task.FREE_TEXT, scratch);
    }

    private static void assertCountsAgree(List<TextRow> rows, Task task, Path scratch) throws IOException {
        RowScan scan = new RowScan() {
            @Override
            public List<String> splits() {
                return List.of("train");
            }

            @Override
            public long rows(String split) {
                return split.equals("train") ? rows.size() : 0;
            }

            @Override
            public void read(String split, Use use) throws IOException {
                for (int i = 0; i < rows.size(); i++) {
                    use.take(new ReportRow(split, i + 1L, "%016x".formatted(i), rows.get(i), new TreeMap<>()));
                }
            }
        };
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();
        report.getContentsBuilder().setTask(task.name().toLowerCase(Locale.ROOT));
        new Contradictions(new TrainRows(scratch)).measure(scan, row -> {}, report);
        assertThat(report.getContradictions().getEqual().getRows())
                .isEqualTo(TrainFindings.of(rows, task).getContradictingRows())
                .isBetween(100L, 599L);
    }
}
