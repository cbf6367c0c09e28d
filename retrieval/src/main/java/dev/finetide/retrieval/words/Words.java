package dev.finetide.retrieval.words;

import java.util.Arrays;

/// The words of a text with their places. A word is what stands between spaces; in scripts that write no
/// spaces each character is one. A run without a space is cut after 50 characters, so a text without a
/// break has words, too. Offsets count UTF-16 units, as `String.substring` does.
public final class Words {
    /// Most UTF-16 units of a word. A character and its marks stay whole, up to twice as many.
    public static final int MOST_CHARACTERS = 50;

    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private int count;

    private Words() {}

    /// Finds the words of `text` between two offsets.
    public static Words of(String text, int from, int to) {
        Words words = new Words();
        int start = -1;
        int next;
        for (int at = from; at < to; at = next) {
            int codePoint = text.codePointAt(at);
            next = Math.min(to, at + Character.charCount(codePoint));
            if (isSpace(codePoint)) {
                start = words.end(start, at);
            } else if (start < 0) {
                start = at;
            } else if (mayCut(text, at, codePoint, start) || at - start >= 2 * MOST_CHARACTERS) {
                words.add(start, at);
                start = at;
            }
        }
        words.end(start, to);
        return words;
    }

    /// Finds the words of a whole text.
    public static Words of(String text) {
        return of(text, 0, text.length());
    }

    private static boolean mayCut(String text, int at, int codePoint, int start) {
        if (Scripts.isMark(codePoint)) {
            return false;
        }
        return at - start >= MOST_CHARACTERS
                || (Character.isLetterOrDigit(codePoint) || Scripts.withoutSpaces(codePoint))
                        && (Scripts.withoutSpaces(codePoint) || Scripts.withoutSpaces(text.codePointAt(start)));
    }

    /// Tells whether a character stands between words: Unicode's spaces, also those that no line breaks at.
    public static boolean isSpace(int codePoint) {
        return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint);
    }

    private int end(int start, int end) {
        if (start >= 0) {
            add(start, end);
        }
        return -1;
    }

    private void add(int start, int end) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        starts[count] = start;
        ends[count++] = end;
    }

    public int count() {
        return count;
    }

    /// Returns the offset of a word's first character.
    public int start(int word) {
        return starts[word];
    }

    /// Returns the offset behind a word's last character.
    public int end(int word) {
        return ends[word];
    }

    /// Returns the first word that begins at or after an offset; `count()` if there is none.
    public int from(int offset) {
        int found = Arrays.binarySearch(starts, 0, count, offset);
        return found >= 0 ? found : -found - 1;
    }
}
