package dev.finetide.jinja;

/// Bounds the cost of one rendering, so that an untrusted template always ends.
///
/// @param steps evaluated expressions, statements and loop iterations, plus one for every 256 characters that they
/// read, every
///     16 characters that an operation examines, and every 16 items that it visits
/// @param depth      nesting of expressions, blocks and macro calls
/// @param characters length of the output, and of any text or list that is made during the rendering
/// @param made       memory of all texts and lists that are made during the rendering, in characters of two bytes
public record Limits(long steps, int depth, int characters, long made) {
    /// Limits that leave room for conversations of thousands of messages.
    public static final Limits DEFAULT = new Limits(20_000_000, 500, 16 << 20, 128 << 20);

    public Limits {
        if (steps < 1 || depth < 1 || characters < 1 || made < 1) {
            throw new IllegalArgumentException(
                    "limits must be positive: " + steps + ", " + depth + ", " + characters + ", " + made);
        }
    }
}
