package dev.finetide.sft.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The texts of a row's tokens, one for each token, which together are the row as the model reads it. A decoder may
/// treat the beginning of a text in its own way, and a character may have several tokens; so a token's text is what the
/// text gains by the token. A token that does not complete a character has no text, and the last one has all of it.
public final class TokenTexts {
    /// Stands in a decoded text for bytes that are no whole character.
    private static final String BROKEN = "\ufffd";

    private TokenTexts() {}

    /// Decodes the first tokens of a row.
    ///
    /// @param count number of tokens to decode
    public static List<String> of(Tokenizer tokenizer, int[] ids, int count) {
        List<String> texts = new ArrayList<>(count);
        int context = 0;
        int told = 0;
        for (int t = 0; t < count; t++) {
            String before = tokenizer.decode(Arrays.copyOfRange(ids, context, told), false);
            String with = tokenizer.decode(Arrays.copyOfRange(ids, context, t + 1), false);
            boolean whole = !with.endsWith(BROKEN) || t == count - 1;
            if (!whole) {
                texts.add("");
                continue;
            }
            texts.add(with.startsWith(before) ? with.substring(before.length()) : with);
            context = told;
            told = t + 1;
        }
        return texts;
    }
}
