package dev.finetide.metrics.text;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Words as rouge-score sees them without its stemmer: runs of ASCII letters and digits in lower
/// case.
public final class RougeWords {
    private static final Pattern OTHERS = Pattern.compile("[^a-z0-9]+");

    private RougeWords() {}

    /// Returns the words of a text. The list is empty for a text in another script.
    public static List<String> of(String text) {
        return OTHERS.splitAsStream(text.toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
