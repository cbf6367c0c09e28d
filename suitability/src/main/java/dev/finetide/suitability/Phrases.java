package dev.finetide.suitability;

import dev.finetide.metrics.text.Words;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A list of phrases that texts are searched for, a line each in a resource file; lines that begin
/// with # are comments. A phrase is found between two gaps, in any case and with any apostrophe;
/// scripts without spaces need none. Thread-safe.
public final class Phrases {
    /// First character of the scripts after Latin. Most texts have none of these, and need no
    /// search for such phrases.
    private static final char AFTER_LATIN = '\u0370';

    private final List<String> phrases;
    private final List<String> latin;

    private Phrases(List<String> phrases) {
        this.phrases = phrases;
        this.latin = phrases.stream().filter(phrase -> !isBeyondLatin(phrase)).toList();
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
        return mayStandIn(folded).stream()
                .filter(phrase -> place(folded, phrase, 0) >= 0)
                .findFirst();
    }

    /// Returns whether a phrase of the list stands in a text.
    ///
    /// @param folded text as [#folded] returns it
    public boolean anyIn(String folded) {
        for (String phrase : mayStandIn(folded)) {
            if (place(folded, phrase, 0) >= 0) {
                return true;
            }
        }
        return false;
    }

    private List<String> mayStandIn(String folded) {
        return latin.size() == phrases.size() || isBeyondLatin(folded) ? phrases : latin;
    }

    private static boolean isBeyondLatin(String text) {
        for (int i = 0; i < text.length(); i++) {
            // Quotes and dashes are no letters of another script.
            if (text.charAt(i) >= AFTER_LATIN && Character.isLetter(text.charAt(i))) {
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
        return at < 0 || at >= text.length() || !isPartOfWord(text.charAt(at)) || !isPartOfWord(edge);
    }

    /// Returns whether a character joins the one beside it to a word. Particles follow Korean words
    /// without a space.
    private static boolean isPartOfWord(char c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK -> true;
            default -> Character.isLetterOrDigit(c) && !Words.standsAlone(c) && (c < '\uac00' || c > '\ud7a3');
        };
    }
}
