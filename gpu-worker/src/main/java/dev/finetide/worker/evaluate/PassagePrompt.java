package dev.finetide.worker.evaluate;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Writes passages into the question of a row.
final class PassagePrompt {
    /// Wraps passages and question where the prompting names no template.
    static final String PLAIN = "Use these passages where they help.\n\n{passages}\n\n{question}";

    private static final Pattern PLACES = Pattern.compile("\\{(passages|question)\\}");
    private static final String BLANK_LINE = "\n\n";

    private PassagePrompt() {}

    /// Returns a row whose question has passages; the row itself where there are none.
    ///
    /// @param template text with `{passages}` and `{question}`; empty for a plain one
    /// @throws RowRefused when the row asks nothing
    static TextRow with(List<String> passages, String template, TextRow row) {
        if (passages.isEmpty()) {
            return row;
        }
        String wrapping = template.isEmpty() ? PLAIN : template;
        return switch (row) {
            case PromptCompletionRow(String prompt, String completion) ->
                new PromptCompletionRow(filled(wrapping, passages, prompt), completion);
            case TextOnlyRow _ ->
                throw new RowRefused("text: a row that is all text has no question for which passages could be found");
            case ChatRow chat -> {
                List<Message> messages = new ArrayList<>(chat.messages());
                int question = lastQuestion(chat);
                Message asked = messages.get(question);
                messages.set(question, asked.saying(filled(wrapping, passages, asked.content())));
                yield new ChatRow(messages, chat.tools());
            }
        };
    }

    private static int lastQuestion(ChatRow chat) {
        return IntStream.range(0, chat.lastAssistant())
                .filter(i -> chat.messages().get(i).role().equals("user"))
                .max()
                .orElseThrow(() -> new RowRefused("messages: no user's turn, in which passages could stand"));
    }

    /// Fills a template in one pass, so that a passage with `{question}` in it stays as it is.
    private static String filled(String template, List<String> passages, String question) {
        String numbered = IntStream.range(0, passages.size())
                .mapToObj(i -> "[" + (i + 1) + "] " + passages.get(i))
                .collect(Collectors.joining(BLANK_LINE));
        return PLACES.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(place.group(1).equals("passages") ? numbered : question));
    }
}
