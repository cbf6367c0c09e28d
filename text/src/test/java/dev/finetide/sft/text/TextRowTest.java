package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.template.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TextRowTest {
    @Test
    void readsPromptAndCompletionAsTheyAre() {
        assertThat(TextRow.parse("{\"prompt\":\" Q: x\\n\",\"completion\":\" y\"}"))
                .isEqualTo(new PromptCompletionRow(" Q: x\n", " y"));
    }

    @Test
    void readsAConversationWithWeightsPartsAndTools() {
        ChatRow row = (ChatRow) TextRow.parse("""
                {"messages":[{"role":"system","content":"s"},
                 {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"name":"kim"},
                 {"role":"assistant","content":"c","weight":0},
                 {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\\"x\\":[1,2.5]}"}}]},
                 {"role":"tool","tool_call_id":"1","content":"r"}],
                 "tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false}""");

        assertThat(row.messages()).extracting(Message::trained).containsExactly(false, false, false, true, false);
        assertThat(row.messages().get(1)).isEqualTo(new Message("user", "ab", false, Map.of("name", "kim")));
        assertThat(row.messages().get(3).content()).isEmpty();
        assertThat(row.messages().get(3).more().get("tool_calls").toString())
                .isEqualTo("[{id=1, type=function, function={name=f, arguments={x=[1, 2.5]}}}]");
        assertThat(row.tools()).hasSize(1);
        assertThat(row.lastAssistant()).isEqualTo(3);
    }

    @Test
    void aRowOfAShardHasItsPlaceInTheUpload() {
        String row = "{\"prompt\":\"a\",\"completion\":\"b\"%s}";
        String sourced = row.formatted(",\"source\":{\"file\":\"train\",\"line\":11}");

        assertThat(SourcedRow.parse(sourced))
                .isEqualTo(new SourcedRow(TextRow.parse(row.formatted("")), Optional.of(new RowSource("train", 11))));
        assertThat(TextRow.parse(sourced)).isEqualTo(TextRow.parse(row.formatted("")));
        assertThat(SourcedRow.parse(sourced).place("test", 8)).isEqualTo("line 11 of the train file");
        assertThat(SourcedRow.parse(row.formatted("")).place("train", 8))
                .isEqualTo("row 8 of the train split, counted from 0 (its line in the upload is not known)");
    }

    @Test
    void aRowOfAFileWithANameIsNamedByIt() {
        String row = "{\"text\":\"a\",\"source\":{\"file\":\"%s\",\"%s\":7},\"tags\":{\"region\":\"north\"}}";

        SourcedRow line = SourcedRow.parse(row.formatted("data/a.jsonl", "line"));
        SourcedRow record = SourcedRow.parse(row.formatted("b.parquet", "record"));

        assertThat(line.place("train", 0)).isEqualTo("data/a.jsonl line 7");
        assertThat(record.place("train", 0)).isEqualTo("b.parquet record 7");
        assertThat(record.row()).isEqualTo(new TextOnlyRow("a"));
        assertThat(record.tags()).containsExactly(Map.entry("region", "north"));
        assertThatThrownBy(() -> SourcedRow.parse("{\"text\":\"a\",\"tags\":{\"n\":1}}"))
                .hasMessage("tags: expected an object of texts, found number");
    }

    @Test
    void thePlaceOfARefusedRowIsReadOnItsOwn() {
        assertThat(SourcedRow.source("{\"prompt\":3,\"source\":{\"file\":\"test\",\"line\":2}}"))
                .contains(new RowSource("test", 2));
        assertThat(SourcedRow.source("{\"prompt\":3}")).isEmpty();
        assertThat(SourcedRow.source("{")).isEmpty();
        assertThatThrownBy(() -> SourcedRow.parse("{\"prompt\":\"a\",\"completion\":\"b\",\"source\":{\"line\":0}}"))
                .hasMessage("source: expected a file and a line or a record of 1 or more, found object");
    }

    @Test
    void argumentsAsObjectAndAsStringAreTheSameRow() {
        String row = """
                {"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":%s}}]}]}""";

        assertThat(TextRow.parse(row.formatted("{\"x\":1}")))
                .isEqualTo(TextRow.parse(row.formatted("\"{\\\"x\\\": 1}\"")));
    }

    @Test
    void refusesWithTheFieldAndWithoutTheText() {
        refused("secret", "not one JSON object");
        refused("{\"prompt\":\"secret\",\"completion\":\"b\"} {}", "not one JSON object");
        refused("[1]", "row: expected a JSON object, found array");
        refused("{\"prompt\":\"secret\"}", "completion: expected a string, found nothing");
        refused(
                "{\"prompt\":\"secret\",\"completion\":\"b\",\"weight\":1}",
                "the row has the unknown key \"weight\": leave it out");
        refused("{\"prompt\":\"secret\",\"prompt\":\"x\",\"completion\":\"b\"}", "not one JSON object");
        refused("{\"messages\":[]}", "messages: expected a list that is not empty, found an empty array");
        refused("{\"text\":3}", "text: expected a string, found number");
        refused("{\"messages\":[{\"role\":\"critic\",\"content\":\"secret\"}]}", "messages[0].role: expected one of");
        refused("{\"messages\":[{\"role\":\"user\",\"content\":3}]}", "messages[0].content: expected a string");
        refused(
                "{\"messages\":[{\"role\":\"user\"}]}",
                "messages[0].content: expected a string or a list of text parts, found nothing");
        refused(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"secret\",\"weight\":1}]}",
                "messages[0] has the unknown key \"weight\": only a message with role assistant can have it");
        refused(
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"secret\",\"weight\":0.5}]}",
                "messages[0].weight");
        refused(
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}",
                "messages[0].content: expected text parts only");
        refused(
                "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"secret\"}}]}]}",
                "messages[0].tool_calls[0].function.arguments: expected a string that holds a JSON object");
    }

    private static void refused(String json, String reason) {
        assertThatThrownBy(() -> TextRow.parse(json))
                .isInstanceOf(RowRefused.class)
                .hasMessageContaining(reason)
                .message()
                .doesNotContain("secret");
    }

    @Test
    void aRowIsTheSameAsItsCanonicalForm() {
        same(
                "{\"messages\":[{\"role\":\"system\",\"content\":\"\"},{\"role\":\"user\",\"content\":\"q\",\"tool_calls\":null,\"name\":\"\"},"
                        + "{\"content\":\"a\",\"role\":\"assistant\",\"tool_calls\":[],\"refusal\":null,\"audio\":{},\"weight\":null}],\"tools\":[]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}");
        same(
                "{\"prompt\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"r\"}],"
                        + "\"completion\":[{\"role\":\"assistant\",\"content\":\"b\",\"reasoning_content\":\"so\"}],\"messages\":null}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0},{\"role\":\"user\",\"content\":\"r\"},"
                        + "{\"role\":\"assistant\",\"content\":\"b\",\"reasoning_content\":\"so\"}]}");
    }

    private static void same(String row, String canonical) {
        assertThat(TextRow.parse(row)).isEqualTo(TextRow.parse(canonical));
    }

    @Test
    void argumentsAsTextMayHoldNull() {
        ChatRow row = (ChatRow)
                TextRow.parse(
                        "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":null}\"}}]}]}");

        assertThat(row.messages().getFirst().more().get("tool_calls").toString())
                .contains("arguments={x=null}");
    }

    @Test
    void aConversationWithoutAnAnswerHasNone() {
        ChatRow row = new ChatRow(List.of(Message.user("q")), List.of());

        assertThat(row.hasAnswer()).isFalse();
        assertThatThrownBy(row::lastAssistant).isInstanceOf(RowRefused.class);
    }
}
