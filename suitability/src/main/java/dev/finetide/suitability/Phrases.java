package dev.finetide.suitability;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A list of phrases that texts are searched for, a line each in a resource file; lines that begin with # are comments.
/// A phrase is found between two gaps, in any case and with any apostrophe. Thread-safe.
public final class Phrases {
    private final List<String> phrases;

    private Phrases(List<String> phrases) {
        this.phrases = phrases;
    }

    /// @param phrases phrases in lower case
    public static Phrases of(List<String> phrases) {
        return new Phrases(phrases.stream().map(Phrases::folded).toList());
    }

    /// Reads a resource file beside a class.
    public static Phrases read(Class<?> owner, String file) {
        try (InputStream in = owner.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + file + " is missing");
            }
            return new Phrases(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> folded(line.strip()))
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException("the resource " + file + " cannot be read", e);
        }
    }

    /// Returns a text as phrases are compared with it: lower case, straight apostrophes, one space for white space.
    public static String folded(String text) {
        StringBuilder folded = new StringBuilder(text.length());
        boolean gap = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                gap = true;
                continue;
            }
            if (gap) {
                folded.append(' ');
                gap = false;
            }
            folded.append(c == '’' || c == '‘' || c == '`' ? '\'' : c);
        }
        return folded.toString().toLowerCase(Locale.ROOT);
    }

    /// Returns the first phrase of the list that stands in a text.
    ///
    /// @param folded text as [#folded] returns it
    public Optional<String> in(String folded) {
        return phrases.stream().filter(phrase -> place(folded, phrase, 0) >= 0).findFirst();
    }

    /// Returns whether a phrase of the list stands in a text.
    ///
    /// @param folded text as [#folded] returns it
    public boolean anyIn(String folded) {
        for (String phrase : phrases) {
            if (place(folded, phrase, 0) >= 0) {
                return true;
            }
        }
        return false;
    }

    private static int place(String text, String phrase, int from) {
        for (int at = text.indexOf(phrase, from); at >= 0; at = text.indexOf(phrase, at + 1)) {
            if (isGap(text, at - 1, phrase.charAt(0))
                    && isGap(text, at + phrase.length(), phrase.charAt(phrase.length() - 1))) {
                return at;
            }
        }
        return -1;
    }

    /// Returns whether no word goes on at a place beside a phrase.
    private static boolean isGap(String text, int at, char edge) {
        return at < 0
                || at >= text.length()
                || !Character.isLetterOrDigit(text.charAt(at))
                || !Character.isLetterOrDigit(edge);
    }
}
