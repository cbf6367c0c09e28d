package dev.finetide.suitability.contents;

import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;

/// Sizes of a row. A row that is all text has no question, and its text counts as its answer.
///
/// @param hasQuestion whether the row asks anything
/// @param turns number of messages; 2 for prompt and completion, 1 for a text
record RowSizes(
        boolean hasQuestion,
        long questionCharacters,
        long questionWords,
        long answerCharacters,
        long answerWords,
        long turns) {

    static RowSizes of(TextRow row) {
        String question = RowTexts.userText(row);
        String answer = learnt(row);
        return new RowSizes(
                !(row instanceof TextOnlyRow),
                characters(question),
                TokenCount.of(question),
                characters(answer),
                TokenCount.of(answer),
                turns(row));
    }

    /// Returns the answer, or the text of a row that is all text.
    static String learnt(TextRow row) {
        return row instanceof TextOnlyRow(String text) ? text.strip() : RowTexts.answer(row);
    }

    private static long characters(String text) {
        return text.codePointCount(0, text.length());
    }

    private static long turns(TextRow row) {
        return switch (row) {
            case ChatRow chat -> chat.messages().size();
            case PromptCompletionRow _ -> 2;
            case TextOnlyRow _ -> 1;
        };
    }
}
