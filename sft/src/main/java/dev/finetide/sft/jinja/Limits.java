package dev.finetide.sft.jinja;

/// What one rendering may cost at most, so that a template from a stranger ends.
///
/// @param steps      evaluated expressions, statements and loop turns, and one for every 256 characters that they read
/// @param depth      nesting of expressions, blocks and macro calls
/// @param characters length of the output, and of any text or list made on the way
public record Limits(long steps, int depth, int characters) {
    /// Room for conversations of thousands of turns.
    public static final Limits DEFAULT = new Limits(20_000_000, 500, 16 << 20);

    public Limits {
        if (steps < 1 || depth < 1 || characters < 1) {
            throw new IllegalArgumentException("limits must be positive: " + steps + ", " + depth + ", " + characters);
        }
    }
}
