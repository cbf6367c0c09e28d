package dev.finetide.worker.evaluate;

import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowTexts;
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
/// @param passages passages that were looked up
/// @param acceptable calls that are right as JSON, if the row's own are not the only ones
record PromptedRow(
        int index,
        TextRow text,
        ExaminedRow examined,
        int droppedExamples,
        RowPassages passages,
        Optional<String> acceptable) {
    PromptedRow(int index, TextRow text, ExaminedRow examined, int droppedExamples) {
        this(index, text, examined, droppedExamples, RowPassages.NONE);
    }

    PromptedRow(int index, TextRow text, ExaminedRow examined, int droppedExamples, RowPassages passages) {
        this(index, text, examined, droppedExamples, passages, Optional.empty());
    }

    /// Returns the same row with the calls, and the passages, that its tags name as right ones.
    PromptedRow accepting(Map<String, String> tags) {
        return new PromptedRow(
                index,
                text,
                examined,
                droppedExamples,
                passages.judgedBy(tags),
                Optional.ofNullable(tags.get(RowTexts.ACCEPTABLE)));
    }

    /// Returns the parts by which calls of functions are scored.
    RowCalls calls(CallConvention convention) {
        return new RowCalls(
                RowTexts.tools(text), Optional.of(acceptable.orElseGet(() -> RowTexts.calls(text))), convention);
    }

    /// Counts the expected answer's tokens without the one that ends it.
    ///
    /// @param encoder encoder that has examined the row
    int expectedTokens(RowEncoder encoder) {
        int last = examined.tokens().ids()[examined.answer() + examined.answerTokens() - 1];
        return examined.answerTokens() - (encoder.stopIds().contains(last) ? 1 : 0);
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
