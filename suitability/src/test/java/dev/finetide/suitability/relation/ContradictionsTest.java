package dev.finetide.suitability.relation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.ContradictionsSection;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.PlantedRows;
import dev.finetide.suitability.sample.RowSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContradictionsTest {
    @TempDir
    Path scratch;

    private SuitabilityReport.Builder measure(PlantedRows rows) throws IOException {
        return rows.measure(new Contradictions(new TrainRows(scratch))).toBuilder();
    }

    @Test
    void equalAndNearQuestionsWithOtherAnswersAreNamed() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 20; i++) {
            rows.prompt("train", "question number " + i, i % 2 == 0 ? "yes" : "no");
        }
        rows.prompt("train", "is the shop open", "yes")
                .prompt("train", "is the  shop open", "no")
                .prompt("train", "is the shop open", "Yes.");
        rows.prompt("train", "how do I reset my password", "yes").prompt("train", "How can I reset my pasword?", "no");

        var section = measure(rows).getContradictions();

        assertThat(section.getEqual().getRows()).isEqualTo(3);
        assertThat(section.getNear().getRows()).isEqualTo(2);
        assertThat(section.getEqual().getOf()).isEqualTo(25);
        assertThat(rows.foundRows(FoundKind.CONTRADICTION))
                .extracting(RowFound::getNumber)
                .containsExactly(21L, 22L, 23L, 24L, 25L);
        assertThat(rows.foundRows(FoundKind.CONTRADICTION))
                .extracting(RowFound::getGroup)
                .containsExactly(1L, 1L, 1L, 2L, 2L);
        assertThat(rows.foundRows(FoundKind.CONTRADICTION))
                .extracting(RowFound::getOtherNumber)
                .containsExactly(22L, 21L, 22L, 25L, 24L);
        assertThat(rows.foundRows(FoundKind.CONTRADICTION).get(1).getValue()).isEqualTo(2.0 / 3);
        assertThat(section.getExamplesList()).isEqualTo(rows.foundRows(FoundKind.CONTRADICTION));
    }

    @Test
    void theMostContradictingQuestionsComeFirst() throws IOException {
        PlantedRows rows = new PlantedRows();
        rows.prompt("train", "a", "yes").prompt("train", "a", "no");
        for (int i = 0; i < 10; i++) {
            rows.prompt("train", "b", i % 2 == 0 ? "yes" : "no");
        }
        measure(rows);
        assertThat(rows.foundRows(FoundKind.CONTRADICTION).getFirst().getNumber())
                .isEqualTo(3);
        assertThat(rows.foundRows(FoundKind.CONTRADICTION)).hasSize(12);
    }

    @Test
    void paraphrasesAreNoContradictions() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 30; i++) {
            rows.prompt(
                    "train",
                    "tell me about parcel " + i % 10,
                    "The parcel is on its way, and somebody will ring you in time before the driver comes to your door.");
            rows.prompt(
                    "train",
                    "tell me about parcel " + i % 10,
                    "We shall ring before your delivery comes along, so please wait at home and keep the telephone near.");
        }
        rows.prompt("train", "what does it cost", "It costs 5 euros a month, with all taxes.");
        rows.prompt("train", "what does it cost", "It costs 9 euros a month, with all taxes.");
        ContradictionsSection section = measure(rows).getContradictions();
        assertThat(section.getEqual().getRows()).isEqualTo(2);
        assertThat(section.getReworded().getRows()).isEqualTo(60);
        assertThat(rows.foundRows(FoundKind.REWORDED)).hasSize(60);
        assertThat(section.getExamplesList())
                .extracting(RowFound::getKind)
                .startsWith(FoundKind.CONTRADICTION, FoundKind.CONTRADICTION, FoundKind.REWORDED)
                .hasSize(22);
    }

    @Test
    void aMillionEqualRowsAreCountedInOneGroup() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 300_000; i++) {
            rows.prompt("train", "the same question", i % 3 == 0 ? "a" : "b");
        }
        var section = measure(rows).getContradictions();
        assertThat(section.getEqual().getRows()).isEqualTo(300_000);
        assertThat(section.getExamplesCount()).isEqualTo(20);
    }

    @Test
    void ofTooManyRowsSomeQuestionsAreDrawnWhole() {
        QuestionIndex index = new QuestionIndex(1_000);
        AnswerForms forms = new AnswerForms(dev.finetide.metrics.Task.CLASSIFICATION);
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 20_000; i++) {
            rows.prompt("train", "question " + i % 5_000, "" + i % 7 % 2);
        }
        try {
            rows.read("train", row -> index.add(row, QuestionIndex.Keys.of(row, forms)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(index.rows()).isEqualTo(20_000);
        assertThat(index.size()).isBetween(300, 1_000);
        index.equalQuestions(places -> assertThat(places).hasSize(4));
    }

    @Test
    void rowsWithoutAnswersAreNotMeasured() throws IOException {
        PlantedRows rows = new PlantedRows().text("train", "a text");
        SuitabilityReport.Builder report = measure(rows);
        assertThat(report.hasContradictions()).isFalse();
        assertThat(report.getUnmeasured(0).getWhy()).isEqualTo("no row to learn from has a question and an answer");
        assertThat(new PlantedRows()
                        .measure(new Contradictions(new TrainRows(scratch)))
                        .getUnmeasuredCount())
                .isEqualTo(1);
    }

    @Test
    void aSampleIsSpreadEvenly() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 1_000; i++) {
            rows.prompt("train", "question " + i, "answer");
        }
        List<Long> numbers = new RowSample(100)
                .train(rows).stream().map(row -> (row.number() - 1) / 10).toList();
        assertThat(numbers).hasSize(100).doesNotHaveDuplicates();
    }
}
