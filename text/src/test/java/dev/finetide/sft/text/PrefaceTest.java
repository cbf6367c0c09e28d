package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.template.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrefaceTest {
    private static final TextRow ROW = TextRow.parse("{\"prompt\":\"2 + 2?\",\"completion\":\"4\"}");
    private static final TextRow SOLVED = TextRow.parse("{\"prompt\":\"1 + 1?\",\"completion\":\"2\"}");

    private static List<String> turns(TextRow row) {
        return ((ChatRow) row)
                .messages().stream()
                        .map(message ->
                                message.role() + ": " + message.content() + (message.trained() ? " (learnt)" : ""))
                        .toList();
    }

    @Test
    void anEmptyPrefaceLeavesTheRowAsItIs() {
        assertThat(Preface.NONE.before(ROW, true)).isSameAs(ROW);
        assertThat(new Preface("", "", List.of()).before(ROW, false)).isSameAs(ROW);
    }

    @Test
    void asTurnsTheExamplesAreAnsweredAndNotLearnt() {
        Preface preface = new Preface("Be brief.", "Add up.", List.of(SOLVED));
        assertThat(turns(preface.before(ROW, true)))
                .containsExactly(
                        "system: Be brief.",
                        "user: Add up.\n\n1 + 1?",
                        "assistant: 2",
                        "user: 2 + 2?",
                        "assistant: 4 (learnt)");
    }

    @Test
    void aRowsOwnSystemTurnFollowsTheOneOfThePreface() {
        TextRow row = TextRow.parse("""
                {"messages":[{"role":"system","content":"You add."},{"role":"user","content":"2 + 2?"},
                 {"role":"assistant","content":"4"}]}""");
        TextRow same = TextRow.parse("""
                {"messages":[{"role":"system","content":"You add."},{"role":"user","content":"1 + 1?"},
                 {"role":"assistant","content":"2"},{"role":"user","content":"Thanks."}]}""");
        TextRow other = TextRow.parse("""
                {"messages":[{"role":"system","content":"You shout."},{"role":"user","content":"3 + 3?"},
                 {"role":"assistant","content":"SIX"}]}""");

        assertThat(turns(new Preface("Be brief.", "", List.of(same, other)).before(row, true)))
                .containsExactly(
                        "system: Be brief.\n\nYou add.",
                        "user: 1 + 1?",
                        "assistant: 2",
                        "user: You shout.\n\n3 + 3?",
                        "assistant: SIX",
                        "user: 2 + 2?",
                        "assistant: 4 (learnt)");
    }

    @Test
    void asTextAllPartsStandBehindOneAnotherWithBlankLines() {
        TextRow text = new Preface("Be brief.", "Add up.", List.of(SOLVED, SOLVED)).before(ROW, false);
        assertThat(text)
                .isEqualTo(new PromptCompletionRow("Be brief.\n\nAdd up.\n\n1 + 1?2\n\n1 + 1?2\n\n2 + 2?", "4"));
        assertThat(new Preface("", "", List.of(SOLVED)).before(ROW, false))
                .isEqualTo(new PromptCompletionRow("1 + 1?2\n\n2 + 2?", "4"));
    }

    @Test
    void aConversationWithoutAQuestionHasNoPlaceForAnInstruction() {
        TextRow row = new ChatRow(List.of(Message.assistant("Hello.")), List.of());
        assertThatThrownBy(() -> new Preface("", "Add up.", List.of()).before(row, true))
                .isInstanceOf(RowRefused.class)
                .hasMessage("messages: no user's turn, before which an instruction could stand");
    }

    @Test
    void aConversationIsRefusedAsTextWithoutATemplate() {
        TextRow row = new ChatRow(List.of(Message.user("Hi"), Message.assistant("Hello.")), List.of());
        assertThatThrownBy(() -> new Preface("", "", List.of(SOLVED)).before(row, false))
                .isInstanceOf(RowRefused.class)
                .hasMessageContaining("a chat row needs the base's chat template");
    }
}
