package dev.finetide.worker.evaluate;

import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A row as one arm asks it.
///
/// @param index place of the row among the asked rows, counted from 0
/// @param text row with everything that the arm puts in front of the question
/// @param examined tokens of `text`
/// @param droppedExamples number of examples that did not fit the context
/// @param acceptable calls that are right as JSON, if the row's own are not the only ones
record PromptedRow(
        int index, TextRow text, ExaminedRow examined, int droppedExamples, Optional<String> acceptable) {
    PromptedRow(int index, TextRow text, ExaminedRow examined, int droppedExamples) {
        this(index, text, examined, droppedExamples, Optional.empty());
    }

    /// Returns the same row with the calls that its tag names as right ones.
    PromptedRow accepting(Map<String, String> tags) {
        return new PromptedRow(
                index, text, examined, droppedExamples, Optional.ofNullable(tags.get(RowTexts.ACCEPTABLE)));
    }

    /// Returns the parts by which calls of functions are scored.
    RowCalls calls(CallConvention convention) {
        return new RowCalls(
                RowTexts.tools(text), Optional.of(acceptable.orElseGet(() -> RowTexts.calls(text))), convention);
    }

    int promptTokens() {
        return examined.answer();
    }

    /// Returns the text with another last answer, which gets the white space around the row's own
    /// answer.
    TextRow withAnswer(String answer) {
        return switch (text) {
            case PromptCompletionRow(String prompt, String completion) ->
                new PromptCompletionRow(prompt, spacedAs(completion, answer));
            case TextOnlyRow _ -> throw new IllegalArgumentException("a row that is all text has no answer");
            case ChatRow chat -> {
                List<Message> messages = new ArrayList<>(chat.messages());
                String own = messages.get(chat.lastAssistant()).content();
                messages.set(chat.lastAssistant(), Message.assistant(spacedAs(own, answer)));
                yield new ChatRow(messages, chat.tools());
            }
        };
    }

    private static String spacedAs(String own, String answer) {
        if (own.isBlank()) {
            return answer;
        }
        int begin = own.indexOf(own.strip());
        return own.substring(0, begin)
                + answer
                + own.substring(begin + own.strip().length());
    }
}
