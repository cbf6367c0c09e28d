package dev.finetide.suitability.lasting;

import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.Phrases;
import java.util.List;

/// An answer and its question as they are searched: cut to 20,000 characters, in lower case with single spaces.
///
/// @param written the answer in its own case, with single spaces
record AskedAnswer(String question, String answer, String written) {
    private static final int LOOKED_AT = 20_000;

    /// @param asked everything that is asked, also earlier turns
    static AskedAnswer of(String asked, String answer) {
        String cut = cut(answer);
        return new AskedAnswer(Phrases.folded(cut(asked)), Phrases.folded(cut), RowTexts.normalised(cut));
    }

    /// Returns question and answer of a row; a text answers nobody's question. The answer is empty for a row without
    /// one, and for one that calls functions: what it needs is looked up when it is asked.
    static AskedAnswer of(TextRow row) {
        return switch (row) {
            case TextOnlyRow(String text) -> of("", text);
            case ChatRow chat when calls(chat) -> of("", "");
            case TextRow other -> of(RowTexts.asked(other), RowTexts.answer(other));
        };
    }

    private static boolean calls(ChatRow chat) {
        return chat.hasAnswer() && chat.messages().get(chat.lastAssistant()).callsTools();
    }

    private static String cut(String text) {
        return text.length() > LOOKED_AT ? text.substring(0, LOOKED_AT) : text;
    }

    boolean isEmpty() {
        return answer.isBlank();
    }

    /// Returns whether the answer has one of some words or signs. Patterns need much longer to find that out.
    boolean hasAny(List<String> signs) {
        for (String sign : signs) {
            if (answer.contains(sign)) {
                return true;
            }
        }
        return false;
    }

    boolean hasDigits() {
        for (int i = 0; i < answer.length(); i++) {
            if (answer.charAt(i) >= '0' && answer.charAt(i) <= '9') {
                return true;
            }
        }
        return false;
    }

    /// Returns whether the answer looks like JSON, whose fields are filled from the question.
    boolean isJson() {
        return answer.startsWith("{") || answer.startsWith("[");
    }

    /// Returns whether a text of the answer stands in the question, and so was not known by the answer alone.
    boolean isAsked(String found) {
        return question.contains(found);
    }
}
