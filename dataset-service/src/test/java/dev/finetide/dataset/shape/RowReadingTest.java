package dev.finetide.dataset.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.dataset.record.Rows;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowReadingTest {
    private static final ReadOptions TEMPLATES = ReadOptions.newBuilder()
            .setPromptTemplate("Q: {q}")
            .setCompletionTemplate(" {a|upper}")
            .build();

    static RowReading reading(ReadOptions options) {
        return new RowReading(options, SplitRules.getDefaultInstance());
    }

    static JsonNode record(String json) throws RowFault {
        return StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), "");
    }

    private static String json(ReadRow row) {
        return new String(row.row().json(), StandardCharsets.UTF_8);
    }

    @Test
    void templatesReadRecordsOfEveryContainer() {
        String expected = "{\"prompt\":\"Q: 1.50\",\"completion\":\" X\"}";

        assertThat(Rows.jsons(Rows.read("a.jsonl", bytes("{\"q\":1.50,\"a\":\"x\",\"z\":[1]}"), TEMPLATES)))
                .containsExactly(expected);
        assertThat(Rows.jsons(Rows.read("a.json", bytes("[{\"q\":1.50,\"a\":\"x\"}]"), TEMPLATES)))
                .containsExactly(expected);
        assertThat(Rows.jsons(Rows.read("a.csv", bytes("q,a\n1.50,x\n"), TEMPLATES)))
                .containsExactly(expected);
    }

    @Test
    void valuesAreRenderedAsTheyAreWritten() throws RowFault {
        ReadOptions options = ReadOptions.newBuilder()
                .setPromptTemplate("{a} {b} {c} {d} {e}{f}")
                .setCompletionTemplate("{a}")
                .setSystemTemplate("S")
                .build();

        ReadRow row = reading(options)
                .read(
                        record(
                                "{\"a\":1e5,\"b\":{\"x\":[1,\"é\"]},\"c\":true,\"d\":12345678901234567890,\"e\":null,\"f\":\"\"}"));

        assertThat(json(row))
                .isEqualTo("{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":"
                        + "\"1e5 {\\\"x\\\":[1,\\\"é\\\"]} true 12345678901234567890 \"},"
                        + "{\"role\":\"assistant\",\"content\":\"1e5\"}]}");
    }

    @Test
    void aTemplateForAKeyThatIsNotThereNamesTheKeysThatAre() {
        assertThatThrownBy(() -> reading(TEMPLATES).read(record("{\"text\":\"x\",\"label\":1}")))
                .hasMessage("the row has no column \"q\" for its template, it has \"text\", \"label\"");
    }

    @Test
    void columnsAreLeftOutOrKeptAsTags() throws RowFault {
        ReadOptions options = ReadOptions.newBuilder()
                .addIgnoreColumns("id")
                .addIgnoreColumns("messages.time")
                .addTagColumns("lang")
                .addTagColumns("n")
                .addTagColumns("nothing")
                .build();
        RowReading reading = new RowReading(
                options,
                SplitRules.newBuilder()
                        .setColumn("split")
                        .setGroupColumn("customer")
                        .build());

        ReadRow row = reading.read(record("{\"id\":{},\"lang\":\"de\",\"n\":1.5,\"split\":\"test\",\"customer\":7,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"q\",\"time\":3},"
                + "{\"role\":\"assistant\",\"content\":\"a\",\"time\":4}]}"));

        assertThat(row.tags()).isEqualTo(Map.of("lang", "de", "n", "1.5"));
        assertThat(row.split()).contains("test");
        assertThat(row.group()).contains("7");
        assertThat(json(row)).doesNotContain("time");
        assertThat(reading.missingColumns()).containsExactly("nothing");
    }

    @Test
    void aTagColumnThatTheShapeOrATemplateReadsIsBoth() throws RowFault {
        ReadRow templated =
                reading(TEMPLATES.toBuilder().addTagColumns("a").build()).read(record("{\"q\":\"x\",\"a\":\"y\"}"));
        ReadRow shaped = reading(
                        ReadOptions.newBuilder().addTagColumns("completion").build())
                .read(record("{\"prompt\":\"x\",\"completion\":\"y\"}"));

        assertThat(templated.tags()).isEqualTo(Map.of("a", "y"));
        assertThat(json(templated)).contains(" Y");
        assertThat(shaped.tags()).isEqualTo(Map.of("completion", "y"));
        assertThat(json(shaped)).isEqualTo("{\"prompt\":\"x\",\"completion\":\"y\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"tag\":[1],\"prompt\":\"a\",\"completion\":\"b\",\"split\":\"x\"} ~ tag is a list or an object, and a column of tags has texts and numbers",
                "{\"prompt\":\"a\",\"completion\":\"b\"} ~ the row has no value in the column \"split\" of its split",
            })
    void columnsWithoutAUsableValueRefuseTheirRow(String row, String reason) {
        RowReading reading = new RowReading(
                ReadOptions.newBuilder().addTagColumns("tag").build(),
                SplitRules.newBuilder().setColumn("split").build());

        assertThatThrownBy(() -> reading.read(record(row)))
                .isInstanceOf(RowFault.class)
                .hasMessage(reason);
    }

    @Test
    void aMendedRowMayStillHaveItsRefusal() throws RowFault {
        ReadRow row = reading(ReadOptions.getDefaultInstance())
                .read(record("{\"_finetide\":{\"line\":3,\"reason\":\"x\"},\"prompt\":\"a\",\"completion\":\"b\"}"));

        assertThat(json(row)).isEqualTo("{\"prompt\":\"a\",\"completion\":\"b\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{\"prompt\":\"\",\"completion\":\"b\"} ~ b",
                "{\"prompt\":\"a\",\"completion\":\"\"} ~ ``",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"\"},{\"role\":\"assistant\",\"content\":\"b\"}]} ~ b",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"\"}]} ~ ``",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"b\"}]} ~ b",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"thanks\"}]} ~ b",
                "{\"instruction\":\"\",\"output\":\"\"} ~ ``",
            })
    void emptyPartsAreAcceptedWhereTheyAreAllowedAndNowhereElse(String row, String answer) throws RowFault {
        ReadOptions allowed = ReadOptions.newBuilder().setAllowEmpty(true).build();

        ReadRow read = reading(allowed).read(record(row));

        assertThat(read.row().answer().orElse("")).isEqualTo(answer);
        assertThatThrownBy(() -> reading(ReadOptions.getDefaultInstance()).read(record(row)))
                .isInstanceOf(RowFault.class);
    }

    @Test
    void aConversationThatEndsWithAUserKeepsThatTurnAndIsAskedBeforeItsLastAnswer() throws RowFault {
        String row = "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"b\"},"
                + "{\"role\":\"user\",\"content\":\"thanks\"}]}";

        ReadRow read =
                reading(ReadOptions.newBuilder().setAllowEmpty(true).build()).read(record(row));

        assertThat(json(read)).isEqualTo(row);
        assertThat(new String(read.row().input(), StandardCharsets.UTF_8))
                .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}");
    }

    @Test
    void aConversationWithoutAnAnswerIsRefusedInAnyCase() {
        assertThatThrownBy(() -> reading(
                                ReadOptions.newBuilder().setAllowEmpty(true).build())
                        .read(record("{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}")))
                .hasMessageContaining("the row has no answer");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "openai   ~ {q} ~ {a} ~ shape: is openai, and templates make rows of the shape template",
                "template ~ {q} ~     ~ completion_template: is empty",
                "nonsense ~     ~     ~ shape: expected bedrock",
            })
    void optionsThatContradictEachOtherAreRefused(String shape, String prompt, String completion, String message) {
        ReadOptions options = ReadOptions.newBuilder()
                .setShape(shape)
                .setPromptTemplate(prompt == null ? "" : prompt)
                .setCompletionTemplate(completion == null ? "" : completion)
                .build();

        assertThatThrownBy(() -> reading(options))
                .isInstanceOf(ApiException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void equalReasonsHaveOneGroup() {
        List<Rows.Outcome> rows = Rows.jsonl(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"content\":\"a\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"user\",\"content\":\"q\"},{\"content\":\"a\"}]}",
                "{\"a\":nul}",
                "{\"abc\":nul}");

        assertThat(rows)
                .extracting(Rows::fault)
                .extracting(RowFault::group)
                .containsExactly(
                        "messages[*] has no role",
                        "messages[*] has no role",
                        "the row is not JSON, at column *",
                        "the row is not JSON, at column *");
        assertThat(Rows.fault(rows.getFirst()).field()).isEqualTo("messages[1].role");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
