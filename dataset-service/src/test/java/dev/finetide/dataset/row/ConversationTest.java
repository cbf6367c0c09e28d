package dev.finetide.dataset.row;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.dataset.record.Rows;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConversationTest {
    private static final String USER = "{\"role\":\"user\",\"content\":\"q\"}";
    private static final String ANSWER = "{\"role\":\"assistant\",\"content\":\"a\"}";

    private static String chat(String... messages) {
        return "{\"messages\":[" + String.join(",", messages) + "]}";
    }

    @Test
    void chatRowIsKeptInOneOrderOfKeys() {
        CanonicalRow row = Rows.row("{\"parallel_tool_calls\":false,\"messages\":["
                + "{\"content\":\"s\",\"role\":\"system\"}," + USER
                + ",{\"weight\":1,\"content\":\"a\",\"role\":\"assistant\"}]}");

        assertThat(row.format()).isEqualTo(RowFormat.CHAT);
        assertThat(new String(row.json(), StandardCharsets.UTF_8))
                .isEqualTo("{\"messages\":[{\"role\":\"system\",\"content\":\"s\"}," + USER + "," + ANSWER + "]}");
        assertThat(row.answer()).contains("a");
    }

    @Test
    void inputIsWhatStandsBeforeTheLastAnswerWhateverIsTrainedOn() {
        CanonicalRow one = Rows.row(chat(USER, ANSWER, USER, ANSWER));
        CanonicalRow other = Rows.row(chat(
                USER,
                "{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0}",
                USER,
                "{\"role\":\"assistant\",\"content\":\"other\"}"));

        assertThat(new String(one.input(), StandardCharsets.UTF_8)).isEqualTo(chat(USER, ANSWER, USER));
        assertThat(other.input()).isEqualTo(one.input());
    }

    @Test
    void toolCallsAreReadWithArgumentsAsTextOrAsObject() {
        String call = "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":"
                + "{\"name\":\"f\",\"arguments\":%s}}]}";
        String tool = "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"\"}";
        String text = Rows.canonical(chat(USER, call.formatted("\"{\\\"x\\\": 1.50}\""), tool, ANSWER));

        assertThat(text).contains("\"arguments\":{\"x\":1.50}");
        assertThat(Rows.canonical(chat(USER, call.formatted("{\"x\":1.50}"), tool, ANSWER)))
                .isEqualTo(text);
    }

    @Test
    void toolsAreKeptAsTheyAre() {
        String tools = "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
                + "\"parameters\":{\"type\":\"object\",\"properties\":{\"b\":{},\"a\":{}}}}}]";

        assertThat(Rows.canonical("{\"tools\":" + tools + ",\"messages\":[" + USER + "," + ANSWER + "]}"))
                .endsWith("\"tools\":" + tools + "}");
    }

    @Test
    void toolsAreKeptInTheOrderOfTheirKeys() {
        String tools =
                "[{\"function\":{\"parameters\":{},\"strict\":false,\"name\":\"f\",\"return\":{\"type\":\"string\"}},\"type\":\"function\"}]";

        assertThat(Rows.canonical("{\"tools\":" + tools + ",\"messages\":[" + USER + "," + ANSWER + "]}"))
                .endsWith("\"tools\":" + tools + "}");
    }

    @Test
    void nullInArgumentsThatAreTextIsAValueAndInAnObjectIsPadding() {
        String call = "{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":%s}}]}";

        assertThat(Rows.canonical(chat(USER, call.formatted("\"{\\\"x\\\": null}\""))))
                .contains("\"arguments\":\"{\\\"x\\\":null}\"");
        assertThat(Rows.canonical(chat(USER, call.formatted("{\"x\":null,\"y\":\"\"}"))))
                .contains("\"arguments\":{\"y\":\"\"}");
    }

    @Test
    void anIdOfACallMayBeUsedAgainInALaterTurn() {
        String call =
                "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"call_0\",\"function\":{\"name\":\"f\",\"arguments\":{}}}]}";
        String result = "{\"role\":\"tool\",\"content\":\"r\",\"tool_call_id\":\"call_0\"}";
        String row = chat(USER, call, result, call, result, ANSWER);

        assertThat(Rows.canonical(row)).isEqualTo(row);
    }

    @Test
    void emptySystemTurnsAreLeftOutAndPlacesStayTheUsers() {
        String nothing = "{\"role\":\"system\",\"content\":%s}";

        for (String empty : List.of("null", "\"\"", "\" \\n\"", "[]", "[{\"type\":\"text\",\"text\":\"\"}]")) {
            assertThat(Rows.canonical(chat(nothing.formatted(empty), USER, ANSWER)))
                    .isEqualTo(chat(USER, ANSWER));
        }
        assertThat(Rows.reason(chat(nothing.formatted("\"\""), USER, "{\"role\":\"assistant\",\"content\":3}")))
                .isEqualTo("messages[2].content is not a string");
    }

    @Test
    void whatARowHasMoreThanTextIsKnown() {
        String call = "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\"}}]}";
        String result = "{\"role\":\"tool\",\"tool_call_id\":\"c\"}";
        String thought = "{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"so\"}";

        assertThat(Rows.row(chat(USER, ANSWER)).contents()).isEmpty();
        assertThat(Rows.row("{\"prompt\":\"a:\",\"completion\":\" b\"}").contents())
                .isEmpty();
        assertThat(Rows.row("{\"prompt\":\"a: \",\"completion\":\"b\"}").contents())
                .containsExactly(RowContent.SPACED_PROMPT);
        assertThat(Rows.row(chat("{\"role\":\"developer\",\"content\":\"s\"}", USER, thought))
                        .contents())
                .containsExactlyInAnyOrder(RowContent.SYSTEM_TURN, RowContent.REASONING);
        assertThat(Rows.row("{\"tools\":[{\"function\":{\"name\":\"f\"}}],"
                                + chat(USER, call, result, ANSWER).substring(1))
                        .contents())
                .containsExactlyInAnyOrder(RowContent.TOOLS, RowContent.TOOL_CALLS, RowContent.TOOL_RESULTS);
    }

    @Test
    void anAnswerThatOnlyCallsAToolHasNoText() {
        CanonicalRow row = Rows.row(
                chat(
                        USER,
                        "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{}}}]}"));

        assertThat(row.answer()).isEmpty();
        assertThat(row.hasJsonAnswer()).isFalse();
    }

    @Test
    void trlMessageListsBecomeChatThatTrainsOnTheCompletionOnly() {
        String row = "{\"prompt\":[" + USER + "," + ANSWER + "," + USER + "],\"completion\":[" + ANSWER + "]}";

        assertThat(Rows.canonical(row))
                .isEqualTo(chat(USER, "{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0}", USER, ANSWER));
    }

    @Test
    void textPartsAreJoined() {
        assertThat(Rows.canonical(chat(
                        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"q\"},{\"type\":\"text\",\"text\":\"!\"}]}",
                        ANSWER)))
                .contains("\"content\":\"q!\"");
    }

    @Test
    void jsonAnswersAreRecognised() {
        assertThat(Rows.row("{\"prompt\":\"p\",\"completion\":\" {\\\"a\\\":[1]}\\n\"}")
                        .hasJsonAnswer())
                .isTrue();
        assertThat(Rows.row("{\"prompt\":\"p\",\"completion\":\"{\\\"a\\\":\"}").hasJsonAnswer())
                .isFalse();
        assertThat(Rows.row("{\"prompt\":\"p\",\"completion\":\"7\"}").hasJsonAnswer())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                                          | messages is empty",
                "{}                                                          | messages is not a list",
                "[7]                                                         | messages[0] is not an object",
                "[{\"role\":\"user\",\"content\":\"q\"}]                     | the row has no answer: its last message is not an assistant's",
                "[{\"role\":\"assistant\",\"content\":\"a\"}]                | the row has an empty prompt: no message is a user's",
                "[{\"role\":\"user\",\"content\":\"\"}]                      | messages[0].content is empty: an empty prompt",
                "[{\"role\":\"user\"}]                                       | messages[0] has no content",
                "[{\"content\":\"q\"}]                                       | messages[0] has no role",
                "[{\"role\":\"bot\",\"content\":\"q\"}]                      | messages[0].role is not system, developer, user, assistant or tool (write assistant)",
                "[{\"role\":\"function\",\"content\":\"q\"}]                 | the row has no answer: its last message is not an assistant's",
                "[{\"role\":\"user\",\"content\":\"q\",\"weight\":1}]        | messages[0] has the unknown key \"weight\"",
                "[{\"role\":\"assistant\",\"content\":\"\"}]                 | messages[0].content is empty: an assistant's turn needs an answer",
                "[{\"role\":\"assistant\",\"content\":\"a\",\"weight\":2}]   | messages[0].weight is not 0 or 1",
                "[{\"role\":\"assistant\",\"content\":\"a\",\"weight\":\"1\"}] | messages[0].weight is not 0 or 1",
                "[{\"role\":\"tool\",\"content\":\"a\",\"tool_call_id\":\"c\"}] | messages[0].tool_call_id names no tool call before it",
                "[{\"role\":\"assistant\",\"tool_calls\":[]}]                | messages[0] has no content",
                "[{\"role\":\"assistant\",\"tool_calls\":\"f\"}]               | messages[0].tool_calls is not a list of calls",
                "[{\"role\":\"assistant\",\"content\":\"a\",\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\"}},{\"id\":\"c\",\"function\":{\"name\":\"f\"}}]}] | messages[0].tool_calls[1].id is the id of another call of this turn",
                "[{\"role\":\"system\",\"content\":\" \"}]                   | the row has no messages",
                "[{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":3}] | messages[0].reasoning_content is not a string",
                "[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}] | messages[0].tool_calls[0].function.arguments is not JSON",
                "[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"[]\"}}]}] | messages[0].tool_calls[0].function.arguments is not an object",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}] | messages[0].content[0].type is not text",
                "[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0}] | the row has no answer to train on: every assistant's weight is 0",
            })
    void messagesThatMakeNoRowSayWhy(String messages, String reason) {
        assertThat(Rows.reason("{\"messages\":" + messages + "}")).startsWith(reason);
    }
}
