package dev.finetide.suitability.contents;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextRow;
import java.util.Optional;

/// Facts of one row that the contents are counted by.
///
/// @param answer the answer, or the text of a row that is all text
/// @param calls whether the answer calls functions
/// @param system text of the first system turn
/// @param json shape of the answer, if it is JSON and no call
record RowFacts(
        RowSizes sizes,
        String question,
        String answer,
        boolean hasAnswer,
        boolean offersTools,
        boolean calls,
        Optional<String> system,
        Optional<JsonShape> json) {

    static RowFacts of(TextRow row) {
        String answer = RowSizes.learnt(row);
        boolean calls = row instanceof ChatRow chat
                && chat.hasAnswer()
                && chat.messages().get(chat.lastAssistant()).callsTools();
        return new RowFacts(
                RowSizes.of(row),
                RowTexts.userText(row),
                answer,
                row.hasAnswer() && !answer.isEmpty(),
                RowTexts.offersTools(row),
                calls,
                system(row),
                calls ? Optional.empty() : JsonShape.of(answer));
    }

    private static Optional<String> system(TextRow row) {
        return row instanceof ChatRow chat
                ? chat.messages().stream()
                        .filter(message -> message.role().equals("system")
                                || message.role().equals("developer"))
                        .map(Message::content)
                        .findFirst()
                : Optional.empty();
    }
}
