package dev.finetide.sft.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.Message;
import java.util.List;
import java.util.stream.Collectors;

/// Reads question and answer out of rows, as plain texts. A row that is all text asks and answers nothing. A
/// conversation in which nobody answers is a question as a whole, and its answer is empty.
public final class RowTexts {
    /// The tag with the calls that are right for a row, as JSON, where there are others than its own.
    public static final String ACCEPTABLE = "acceptable";

    private static final String LINE = "\n";
    private static final ObjectMapper JSON = new ObjectMapper();

    private RowTexts() {}

    /// Returns the text that a person is shown as the question: the prompt, or the message before the
    /// last answer.
    public static String shownQuestion(TextRow row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion.prompt();
            case TextOnlyRow _ -> "";
            case ChatRow chat -> {
                List<Message> asked = beforeAnswer(chat);
                yield asked.isEmpty() ? "" : asked.getLast().content();
            }
        };
    }

    /// Returns everything that the user says before the last answer, by which similar rows are found.
    public static String userText(TextRow row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion.prompt();
            case TextOnlyRow _ -> "";
            case ChatRow chat ->
                beforeAnswer(chat).stream()
                        .filter(message -> message.role().equals("user"))
                        .map(Message::content)
                        .collect(Collectors.joining(LINE));
        };
    }

    /// Returns the whole conversation before the last answer with its speakers. Runs of white space are
    /// one space, so that rows that differ in white space alone ask the same.
    public static String asked(TextRow row) {
        String text = switch (row) {
            case PromptCompletionRow completion -> completion.prompt();
            case TextOnlyRow(String words) -> words;
            case ChatRow chat ->
                chat.tools()
                        + LINE
                        + beforeAnswer(chat).stream()
                                .map(message -> message.role() + ": " + message.content() + message.more())
                                .collect(Collectors.joining(LINE));
        };
        return normalised(text);
    }

    /// Returns the last answer without white space around it: its text, and the calls of functions if
    /// it has some.
    public static String answer(TextRow row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion.completion().strip();
            case TextOnlyRow _ -> "";
            case ChatRow chat when !chat.hasAnswer() -> "";
            case ChatRow chat -> {
                Message last = chat.messages().get(chat.lastAssistant());
                String calls = last.callsTools() ? LINE + json(last.more().get(Message.TOOL_CALLS)) : "";
                yield (last.content() + calls).strip();
            }
        };
    }

    /// Returns question and answer as one text, which can be looked up.
    public static String solved(TextRow row) {
        return userText(row).strip() + LINE + answer(row);
    }

    /// Returns whether the row offers functions that the model may call.
    public static boolean offersTools(TextRow row) {
        return row instanceof ChatRow chat && !chat.tools().isEmpty();
    }

    /// Returns the functions that the row offers, as JSON; empty for none.
    public static String tools(TextRow row) {
        return offersTools(row) ? json(((ChatRow) row).tools()) : "";
    }

    /// Returns the calls of the last answer as JSON, `[]` if it calls nothing.
    public static String calls(TextRow row) {
        return row instanceof ChatRow chat
                        && chat.messages().get(chat.lastAssistant()).callsTools()
                ? json(chat.messages().get(chat.lastAssistant()).more().get(Message.TOOL_CALLS))
                : "[]";
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row's calls or tools are no JSON", e);
        }
    }

    /// Returns a text without white space around it, and with one space for each run of white space.
    public static String normalised(String text) {
        String stripped = text.strip();
        StringBuilder kept = new StringBuilder(stripped.length());
        boolean gap = false;
        for (int i = 0; i < stripped.length(); i++) {
            char c = stripped.charAt(i);
            if (c == ' ' || c >= '\t' && c <= '\r') {
                gap = true;
            } else {
                if (gap) {
                    kept.append(' ');
                }
                gap = false;
                kept.append(c);
            }
        }
        return kept.toString();
    }

    /// Returns the turns before the last answer; all turns where nobody answers.
    public static List<Message> beforeAnswer(ChatRow chat) {
        return chat.hasAnswer() ? chat.messages().subList(0, chat.lastAssistant()) : chat.messages();
    }
}
