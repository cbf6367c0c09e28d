package dev.finetide.suitability.near;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Parts of a row by which near rows are told: the text of the user's turns, which is compared, and all else that is
/// asked, which must be equal: system turns, tools, earlier answers. A long system turn that all rows have would else
/// make all rows near. A row that is all text is compared as a whole.
///
/// @param context all else that is asked, in UTF-8; empty if a single text is asked
public record NearInput(String text, byte[] context) {
    private static final byte[] NONE = {};

    public static NearInput of(TextRow row) {
        return switch (row) {
            case TextOnlyRow(String text) -> new NearInput(text, NONE);
            case ChatRow chat -> new NearInput(RowTexts.userText(chat), context(chat));
            case TextRow other -> new NearInput(RowTexts.userText(other), NONE);
        };
    }

    private static byte[] context(ChatRow chat) {
        List<Message> asked = RowTexts.beforeAnswer(chat);
        boolean single = asked.size() <= 1 && asked.stream().allMatch(NearInput::isUser);
        if (chat.tools().isEmpty() && single) {
            return NONE;
        }
        StringBuilder context = new StringBuilder(chat.tools().toString());
        for (Message message : asked) {
            context.append('\n')
                    .append(message.role())
                    .append(": ")
                    .append(isUser(message) ? "" : message.content())
                    .append(message.more());
        }
        return RowTexts.normalised(context.toString()).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isUser(Message message) {
        return message.role().equals("user");
    }
}
