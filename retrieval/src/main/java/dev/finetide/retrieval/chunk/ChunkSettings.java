package dev.finetide.retrieval.chunk;

/// How documents are cut. Words are those of [dev.finetide.retrieval.words.Words]: in scripts without spaces a
/// character is one.
///
/// @param words most words of a chunk
/// @param overlap words of a chunk that stand at the end of the one before it, too, at most; a chunk begins with
///     a whole sentence where one is that short
/// @param levels how many levels of headings, counted from the outermost that a document has, no chunk crosses
///     unless what stands between them is less than a quarter of a chunk; 0 for none
public record ChunkSettings(int words, int overlap, int levels) {
    /// 200 words, 40 of them overlap, two levels of headings.
    public static final ChunkSettings DEFAULT = new ChunkSettings(200, 40, 2);

    /// Most UTF-16 units of a chunk for each of its words. It bounds chunks whose words stand far apart.
    static final int CHARACTERS_PER_WORD = 25;

    private static final int FEWEST_WORDS = 10;
    private static final int MOST_WORDS = 10_000;
    private static final int MOST_LEVELS = 6;

    public ChunkSettings {
        if (words < FEWEST_WORDS || words > MOST_WORDS) {
            throw new IllegalArgumentException(
                    "a chunk has from " + FEWEST_WORDS + " to " + MOST_WORDS + " words, not " + words);
        }
        if (overlap < 0 || overlap > words / 2) {
            throw new IllegalArgumentException(
                    "chunks of " + words + " words overlap by 0 to " + words / 2 + " words, not " + overlap);
        }
        if (levels < 0 || levels > MOST_LEVELS) {
            throw new IllegalArgumentException("headings have 0 to " + MOST_LEVELS + " levels, not " + levels);
        }
    }

    int mostCharacters() {
        return words * CHARACTERS_PER_WORD;
    }

    /// Fewer words than this are a tiny piece.
    int tiny() {
        return words / 4;
    }
}
