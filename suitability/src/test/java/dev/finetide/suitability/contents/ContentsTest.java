package dev.finetide.suitability.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.ContentsSection.Part;
import dev.finetide.proto.dataset.v1.Distribution;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.Unmeasured;
import dev.finetide.suitability.PlantedRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentsTest {
    @TempDir
    Path scratch;

    private SuitabilityReport report(PlantedRows rows) throws IOException {
        SuitabilityReport report = rows.measure(new Contents(scratch));
        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).isEmpty();
        }
        assertThat(report.toString()).doesNotContain("NaN");
        return report;
    }

    private static List<String> unmeasured(SuitabilityReport report) {
        return report.getUnmeasuredList().stream().map(Unmeasured::getWhat).toList();
    }

    private static Part part(SuitabilityReport report, String field, String value) {
        return report.getContents().getPartsList().stream()
                .filter(part -> part.getField().equals(field) && part.getValue().equals(value))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void sizesAreThoseOfEachSplitAndTag() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 1; i <= 1_000; i++) {
            rows.prompt("train", "a ".repeat(i).strip(), "word", "region", i % 2 == 0 ? "north" : "south");
        }
        rows.prompt("test", "one question", "word");

        SuitabilityReport report = report(rows);

        Distribution words = part(report, "split", "train").getQuestionWords();
        assertThat(words.getRows()).isEqualTo(1_000);
        assertThat(words.getMin()).isEqualTo(1);
        assertThat(words.getMean()).isEqualTo(500.5);
        assertThat(words.getMedian()).isEqualTo(500);
        assertThat(words.getP5()).isEqualTo(50);
        assertThat(words.getP95()).isEqualTo(950);
        assertThat(words.getMax()).isEqualTo(1_000);
        assertThat(words.getEdgesList()).startsWith(0.0, 50.0).endsWith(1_000.0).hasSize(21);
        assertThat(words.getCountsList()).startsWith(49L, 50L).endsWith(51L);
        assertThat(words.getCountsList().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(1_000);
        assertThat(part(report, "tag region", "north").getRows()).isEqualTo(500);
        assertThat(part(report, "tag region", "south").getQuestionWords().getMax())
                .isEqualTo(999);
        assertThat(part(report, "split", "test").getTurns().getMax()).isEqualTo(2);
    }

    @Test
    void aTagWithManyValuesMakesNoGroups() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i <= TagSizes.MOST_VALUES; i++) {
            rows.prompt("train", "question " + i, "answer", "user", "u" + i, "kind", "k");
        }

        SuitabilityReport report = report(rows);

        assertThat(report.getContents().getPartsList())
                .extracting(Part::getField)
                .containsExactly("split", "tag kind");
        assertThat(unmeasured(report)).contains("sizes by tag user");
    }

    @Test
    void formsOfRowsAreCounted() throws IOException {
        String call = """
                {"messages":[{"role":"system","content":"You are the assistant of a bank."},\
                {"role":"user","content":"What is my balance?"},\
                {"role":"assistant","tool_calls":[{"type":"function","function":{"name":"balance","arguments":{}}}]}],\
                "tools":[{"type":"function","function":{"name":"balance"}}]}""";
        PlantedRows rows = new PlantedRows()
                .row("train", call)
                .row("train", call)
                .chat(
                        "train",
                        "user",
                        "Hello, how are you?",
                        "assistant",
                        "Fine.",
                        "user",
                        "And now?",
                        "assistant",
                        "Still.");

        ContentsSection contents = report(rows).getContents();

        assertThat(contents.getWithTools().getRows()).isEqualTo(2);
        assertThat(contents.getWithTools().getOf()).isEqualTo(3);
        assertThat(contents.getWithTools().getLow()).isBetween(0.1, 0.6);
        assertThat(contents.getWithSystem().getRows()).isEqualTo(2);
        assertThat(contents.getJsonAnswers().getRows())
                .as("calls are no JSON answers")
                .isZero();
        assertThat(contents.getTask()).isEqualTo("function_calls");
        assertThat(contents.getParts(0).getTurns().getMax()).isEqualTo(4);
        assertThat(contents.getSystemBeginning()).isEqualTo("You are the assistant of a bank.");
        assertThat(contents.getAnswerBeginning())
                .as("calls begin with the names of their fields")
                .isEmpty();
    }

    @Test
    void jsonAnswersThatLeaveTheSchemaOfMostAreFound() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 20; i++) {
            rows.prompt("train", "Where is " + i + "?", "{\"city\":\"Paris\",\"zip\":" + i + ",\"tags\":[{\"a\":1}]}");
        }
        rows.prompt("train", "a null fits", "{\"zip\":null,\"city\":\"Rome\",\"tags\":[]}");
        rows.prompt("test", "a field is missing", "{\"city\":\"Rome\",\"tags\":[]}");
        rows.prompt("test", "another type", "{\"city\":7,\"zip\":1,\"tags\":[]}");
        rows.prompt("test", "no JSON", "Rome");

        ContentsSection contents = report(rows).getContents();

        assertThat(contents.getJsonAnswers().getRows()).isEqualTo(23);
        assertThat(contents.getOneSchema().getRows()).isEqualTo(21);
        assertThat(contents.getOneSchema().getOf()).isEqualTo(23);
        assertThat(contents.getSchemaFieldsList())
                .containsExactly("city: string", "tags: array", "tags[]: object", "tags[].a: number", "zip: number");
        assertThat(rows.found(FoundKind.ODD_SCHEMA)).containsExactly("test 3", "test 1", "test 2");
        assertThat(contents.getOddAnswersList())
                .extracting(RowFound::getWhat)
                .containsExactly("no JSON", "a field is missing", "a field of another type");
    }

    @Test
    void classesAndTheirBalanceAreThoseOfTheTrainSplit() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 100; i++) {
            rows.prompt("train", "Sort question number " + i, i < 75 ? "card" : "loan");
        }
        rows.prompt("test", "Sort another question", "account");

        ContentsSection contents = report(rows).getContents();

        assertThat(contents.getTask()).isEqualTo("classification");
        assertThat(contents.getClassesList()).extracting(ShareOf::getName).containsExactly("card", "loan");
        assertThat(contents.getClassesList()).extracting(ShareOf::getRows).containsExactly(75L, 25L);
        assertThat(contents.getBalance()).isBetween(0.8112, 0.8113);
        assertThat(contents.getQuestionBeginning()).isEmpty();
    }

    @Test
    void textsThatAllRowsBeginWithAreNamed() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 10; i++) {
            rows.prompt("train", "Translate the following sentence: " + i + "x", "Certainly! Here is the answer: " + i);
        }

        ContentsSection contents = report(rows).getContents();

        assertThat(contents.getQuestionBeginning()).isEqualTo("Translate the following sentence: ");
        assertThat(contents.getAnswerBeginning()).isEqualTo("Certainly! Here is the answer: ");
    }

    @Test
    void oneRowIsMeasuredAsFarAsItGoes() throws IOException {
        SuitabilityReport report = report(new PlantedRows().prompt("train", "a", "b"));

        assertThat(part(report, "split", "train").getQuestionCharacters().getMean())
                .isEqualTo(1);
        assertThat(report.getContents().hasBalance()).isFalse();
        assertThat(unmeasured(report)).contains("languages", "balance of classes", "schema of JSON answers");
    }

    @Test
    void noRowsAreNotMeasured() throws IOException {
        SuitabilityReport report = report(new PlantedRows());

        assertThat(report.hasContents()).isFalse();
        assertThat(unmeasured(report)).containsExactly("contents");
    }

    @Test
    void textsHaveNoQuestions() throws IOException {
        SuitabilityReport report =
                report(new PlantedRows().text("train", "Once upon a time").text("train", "The end"));

        assertThat(part(report, "split", "train").hasQuestionWords()).isFalse();
        assertThat(part(report, "split", "train").getAnswerWords().getMax()).isEqualTo(4);
        assertThat(report.getContents().getTask()).isEqualTo("text");
        assertThat(unmeasured(report)).contains("questions", "answer classes");
    }

    @Test
    void rowsWithoutAnswersAndBinaryTextAreMeasured() throws IOException {
        byte[] bytes = new byte[6 << 20];
        new Random(5).nextBytes(bytes);
        PlantedRows rows = new PlantedRows()
                .chat("train", "user", "Nobody answers this")
                .chat("train", "user", Base64.getEncoder().encodeToString(bytes));

        SuitabilityReport report = report(rows);

        assertThat(part(report, "split", "train").getQuestionCharacters().getMax())
                .isEqualTo(8 << 20);
        assertThat(part(report, "split", "train").getQuestionWords().getMax()).isGreaterThan(8 << 20 >> 6);
        assertThat(unmeasured(report)).contains("task", "JSON answers");
    }
}
