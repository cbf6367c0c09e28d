package dev.finetide.dataset.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.dataset.v1.ReadOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCutsTest {
    private static final String ONE = "{\"prompt\":\"a\",\"completion\":\"1\"}";
    private static final String TWO = "{\"prompt\":\"b\",\"completion\":\"2\"}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ONE,TWO]",
                " [ ONE , TWO ] ",
                "\ufeff[\n  ONE,\n  TWO\n]\n",
                "{\"data\":[ONE,TWO]}",
                "{\"version\":\"1\",\"data\":[ONE,TWO],\"more\":{\"a\":[1,\"]\"]}}",
                "{\n  \"a}]\\\"\": [1, 2],\n  \"rows\": [\n    ONE,\n    TWO\n  ]\n}",
                "PRETTY\nPRETTYTWO",
            })
    void documentsOfEveryFormHaveTheSameRows(String form) {
        String document = form.replace("PRETTYTWO", TWO.replace(",", ",\n  ").replace("{", "{\n"))
                .replace("PRETTY", ONE.replace(",", ",\n  ").replace("{", "{\n"))
                .replace("ONE", ONE)
                .replace("TWO", TWO);

        for (String path : List.of("rows.json", "rows.jsonl", "train")) {
            assertThat(Rows.jsons(Rows.read(path, document)))
                    .as("%s of %s", path, document)
                    .containsExactly(ONE, TWO);
        }
    }

    @Test
    void recordsAreNamedByLineIfTheyHaveLinesOfTheirOwn() {
        List<Rows.Outcome> lines = Rows.read("a.json", "[\n{\"prompt\":1},\n{\n\"prompt\":2}\n]");
        List<Rows.Outcome> records = Rows.read("a.json", "[{\"prompt\":1},{\"prompt\":2}]");

        assertThat(lines).extracting(Rows.Outcome::line).containsExactly(2L, 3L);
        assertThat(lines).extracting(Rows.Outcome::record).containsExactly(0L, 0L);
        assertThat(records).extracting(Rows.Outcome::line).containsExactly(0L, 0L);
        assertThat(records).extracting(Rows.Outcome::record).containsExactly(1L, 2L);
    }

    @Test
    void aFaultInOneRecordDoesNotHideTheNext() {
        List<Rows.Outcome> rows = Rows.read("a.json", "[" + ONE + ",{\"prompt\":nul},7," + TWO + "]");

        assertThat(rows).hasSize(4);
        assertThat(Rows.reason(rows.get(1))).startsWith("the row is not JSON");
        assertThat(Rows.reason(rows.get(2))).isEqualTo("the row is not a JSON object");
        assertThat(Rows.json(rows.get(3))).isEqualTo(TWO);
    }

    @Test
    void aDocumentThatEndsEarlySaysSo() {
        assertThat(Rows.reason(
                        Rows.read("a.json", "[" + ONE + ",{\"prompt\":\"b").getLast()))
                .isEqualTo("the file ends within the record");
        assertThat(Rows.reason(Rows.read("a.json", "[" + ONE + ",").getLast()))
                .isEqualTo("the file ends before the list of records does");
        assertThat(Rows.reason(Rows.read("a.json", "[" + ONE).getLast()))
                .isEqualTo("the file ends before the list of records does");
        assertThat(Rows.reason(Rows.read("a.json", "[" + ONE + TWO + "]").getLast()))
                .contains("not separated by a comma");
        assertThat(Rows.read("a.json", "[]")).isEmpty();
        assertThat(Rows.read("a.json", "[ \n ]")).isEmpty();
    }

    @Test
    void aDocumentWithTwoListsOfObjectsNamesThem() {
        assertThatThrownBy(() -> Rows.read("a.json", "{\"train\":[" + ONE + "],\"test\":[" + TWO + "]}"))
                .hasMessageContaining("a.json: the document has the lists \"train\" and \"test\"");
    }

    @Test
    void aDocumentThatIsNamedJsonLinesIsOneError() {
        String pretty = "[\n" + ("  " + ONE + ",\n").repeat(1000) + TWO + "\n]";

        assertThatThrownBy(() -> Rows.read(
                        "a.jsonl",
                        pretty.getBytes(StandardCharsets.UTF_8),
                        ReadOptions.newBuilder().setContainer("jsonl").build()))
                .hasMessageContaining("a.jsonl: is named jsonl, but it is json by its first bytes");
    }

    @Test
    void aFirstLineWithAFaultIsStillALine() {
        for (String first :
                List.of("{\"prompt\": \"a\", ", "{\"prompt\": [", "{\"prompt\"", "{", "{\"messages\":[{\"role\":")) {
            List<Rows.Outcome> rows = Rows.read("a.jsonl", first + "\n" + ONE + "\n" + TWO + "\n");

            assertThat(rows).as(first).hasSize(3);
            assertThat(Rows.json(rows.get(1))).isEqualTo(ONE);
        }
    }

    @Test
    void aRowOfJsonLinesIsNoDocumentOfRows() {
        String chat =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}";

        assertThat(Rows.jsons(Rows.read("a.json", chat))).containsExactly(chat);
        assertThat(Rows.jsons(Rows.read("a.jsonl", chat + "\n" + chat))).containsExactly(chat, chat);
    }

    @Test
    void aRecordOf100MegabytesIsReadPastInConstantMemory() throws IOException {
        StringBuilder document =
                new StringBuilder("[{\"prompt\":\"").append("x".repeat(9 << 20)).append("\"},");

        List<Rows.Outcome> rows =
                Rows.read("a.json", document.append(ONE).append("]").toString());

        assertThat(Rows.reason(rows.getFirst())).startsWith("the record is 9437197 bytes long, at most 8388608");
        assertThat(Rows.json(rows.get(1))).isEqualTo(ONE);
    }
}
