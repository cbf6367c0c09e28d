package dev.finetide.metrics.text;

import java.util.List;
import java.util.regex.Pattern;

/// The tokeniser `13a` of mteval, which sacrebleu uses by default. Source:
/// `sacrebleu/tokenizers/tokenizer_13a.py` and `tokenizer_re.py`.
public final class Mteval13a {
    private static final Pattern SYMBOLS = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
    private static final Pattern NO_DIGIT_BEFORE = Pattern.compile("([^0-9])([.,])", Pattern.DOTALL);
    private static final Pattern NO_DIGIT_AFTER = Pattern.compile("([.,])([^0-9])", Pattern.DOTALL);
    private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

    private Mteval13a() {}

    /// Returns the tokens of a text.
    public static List<String> tokens(String text) {
        String line = Whitespace.strippedFromTheEndOf(text)
                .replace("<skipped>", "")
                .replace("-\n", "")
                .replace('\n', ' ')
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
        line = SYMBOLS.matcher(" " + line + " ").replaceAll(" $1 ");
        line = NO_DIGIT_BEFORE.matcher(line).replaceAll("$1 $2 ");
        line = NO_DIGIT_AFTER.matcher(line).replaceAll(" $1 $2");
        line = DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 ");
        return Whitespace.split(line);
    }
}
