package dev.finetide.sft.text;

/// One training row as the engine sees it: token ids and, beside each, whether the model is to
/// learn to produce that token.
///
/// Labels are not shifted here: `supervised[t]` says that token `ids[t]` counts in the loss, and
/// the engine predicts it from `ids[0..t-1]`. The first token has nothing before it, so it is never
/// supervised.
///
/// @param ids token ids, at least two
/// @param supervised same length as `ids`
public record TokenizedRow(int[] ids, boolean[] supervised) {
    public TokenizedRow {
        if (ids.length != supervised.length) {
            throw new IllegalArgumentException(
                    "ids has " + ids.length + " tokens but supervised has " + supervised.length);
        }
        if (ids.length < 2) {
            throw new IllegalArgumentException(
                    "ids has " + ids.length + " tokens, at least 2 are needed: one to read, one to predict");
        }
        if (supervised[0]) {
            throw new IllegalArgumentException("supervised[0] is set, but nothing precedes the first token");
        }
    }

    public int length() {
        return ids.length;
    }

    public int supervisedTokens() {
        int count = 0;
        for (boolean s : supervised) {
            count += s ? 1 : 0;
        }
        return count;
    }
}
