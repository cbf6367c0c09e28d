package dev.finetide.sft.text;

import dev.finetide.jinja.Span;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds the text that a model is to learn inside a rendered conversation, from renderings alone.
/// Published templates do not mark that text, and searching for markers would fail: they differ
/// from model to model and may occur in a message.
///
/// A turn begins where the preceding conversation ends when it is rendered with the opening of an
/// assistant turn. The turn ends where the conversation up to and including the turn ends; so the
/// closing tokens are learnt too, and the model learns to stop. Some templates render a turn
/// differently when others follow: Qwen3 leaves out earlier thinking. Such a template renders the
/// conversation twice, with the turn as it is and with one more character at the turn's end. The
/// text that stays equal after that character closes the turn.
final class TrainedTurns {
    /// The added character is from Unicode's private use area, so that no message ends with it.
    private static final String MARK = "\uE0F5";

    private final ChatTemplate template;
    private final ChatRow row;
    private final String full;
    private final Map<Integer, String> prompts = new HashMap<>();
    private final Map<Integer, String> beginnings = new HashMap<>();

    TrainedTurns(ChatTemplate template, ChatRow row, String full) {
        this.template = template;
        this.row = row;
        this.full = full;
    }

    /// Returns the conversation before a turn, rendered with the opening of an assistant's turn:
    /// how the turn is asked for.
    String prompt(int turn) {
        return prompts.computeIfAbsent(
                turn, count -> template.render(row.messages().subList(0, count), row.tools(), true));
    }

    /// Returns the first messages of the conversation, rendered.
    private String beginning(int messages) {
        return messages == row.messages().size()
                ? full
                : beginnings.computeIfAbsent(
                        messages, count -> template.render(row.messages().subList(0, count), row.tools(), false));
    }

    private static String path(int turn) {
        return "messages[" + turn + "]";
    }

    /// Finds the text of an assistant turn, with what closes the turn.
    ///
    /// @throws RowRefused when the turn has no place of its own in the rendering
    Span span(int turn) {
        int start = start(turn);
        int end = end(turn);
        if (end <= start) {
            throw new RowRefused(
                    RowFinding.NOT_RENDERED, path(turn), "the chat template gives this turn no text of its own");
        }
        return new Span(start, end);
    }

    private int start(int turn) {
        if (turn == 0) {
            return firstStart();
        }
        String prompt = prompt(turn);
        int common = commonPrefix(full, prompt);
        if (common == prompt.length()) {
            return common;
        }
        String asked = beginning(turn);
        if (common <= asked.length()) {
            return startAfterOpening(turn, prompt.substring(commonPrefix(asked, prompt)));
        }
        // Some templates open the turn with more text than the finished turn begins with, such as a thinking mark. A
        // message may begin with the same text by chance, which then belongs to the turn.
        return Math.clamp(commonPrefix(markedInFront(turn), prompt), asked.length(), common);
    }

    /// Finds the beginning of an assistant turn that opens the conversation. Many templates cannot
    /// render an empty conversation, so the turn begins after the text that opens an answer to a
    /// question; if that text is missing, at the message itself.
    private int firstStart() {
        List<Message> question = List.of(Message.user("a"));
        String asked = template.render(question, row.tools(), false);
        String prompt = template.render(question, row.tools(), true);
        String opening = prompt.substring(commonPrefix(asked, prompt));
        int words = commonPrefix(full, markedInFront(0));
        int opened = opening.isEmpty() ? -1 : full.lastIndexOf(opening, words - opening.length());
        return opened < 0 ? words : opened + opening.length();
    }

    /// Returns the conversation with one more character at the beginning of a turn's text.
    private String markedInFront(int turn) {
        List<Message> marked = new ArrayList<>(row.messages());
        Message message = marked.get(turn);
        marked.set(turn, message.saying(MARK + message.content()));
        return template.render(marked, row.tools(), false);
    }

    /// Finds the beginning of a turn whose preceding conversation is rendered differently once the
    /// turn is there: at its first words, or after the text that opens it.
    ///
    /// @param opening text that opens an assistant's turn
    private int startAfterOpening(int turn, String opening) {
        int words = commonPrefix(full, markedFirst(turn));
        for (int length = opening.length(); length > 0; length--) {
            if (full.startsWith(opening.substring(0, length), words - length)) {
                return words;
            }
        }
        int opened = opening.isEmpty() ? -1 : full.lastIndexOf(opening, words - opening.length());
        return opened < 0 ? words : opened + opening.length();
    }

    /// Returns the conversation with one more character at the beginning of a turn's text, or of
    /// its first call's name where it has no text.
    private String markedFirst(int turn) {
        Message message = row.messages().get(turn);
        if (!message.callsTools() || !message.content().isBlank()) {
            return markedInFront(turn);
        }
        List<Message> marked = new ArrayList<>(row.messages());
        marked.set(
                turn,
                RenderedParts.withCall(message, 0, function -> function.put("name", MARK + function.get("name"))));
        return template.render(marked, row.tools(), false);
    }

    private int end(int turn) {
        String alone = beginning(turn + 1);
        if (full.startsWith(alone)) {
            return alone.length();
        }
        String markedFull = template.render(marked(row.messages(), turn), row.tools(), false);
        List<Message> upTo = row.messages().subList(0, turn + 1);
        String markedAlone = template.render(marked(upTo, turn), row.tools(), false);
        int contentEnd = full.length() - commonSuffix(full, markedFull);
        String closing = alone.substring(alone.length() - commonSuffix(alone, markedAlone));
        return contentEnd + commonPrefix(full.substring(contentEnd), closing);
    }

    /// Returns the messages with one more character at the end of a turn's text, or of the turn's
    /// last call.
    private static List<Message> marked(List<Message> messages, int turn) {
        List<Message> marked = new ArrayList<>(messages);
        Message message = messages.get(turn);
        marked.set(turn, message.callsTools() ? withMarkedArgument(message) : message.saying(message.content() + MARK));
        return marked;
    }

    private static Message withMarkedArgument(Message message) {
        int last = ((List<?>) message.more().get(Message.TOOL_CALLS)).size() - 1;
        return RenderedParts.withCall(message, last, function -> {
            Map<Object, Object> arguments = new LinkedHashMap<>((Map<?, ?>) function.get("arguments"));
            arguments.put(MARK, MARK);
            function.put("arguments", arguments);
        });
    }

    private static int commonPrefix(String a, String b) {
        int length = Math.min(a.length(), b.length());
        int i = 0;
        while (i < length && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }

    private static int commonSuffix(String a, String b) {
        int length = Math.min(a.length(), b.length());
        int i = 0;
        while (i < length && a.charAt(a.length() - 1 - i) == b.charAt(b.length() - 1 - i)) {
            i++;
        }
        return i;
    }
}
