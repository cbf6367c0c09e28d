package dev.finetide.sft.text;

import java.util.Arrays;
import java.util.List;

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

    /// Tokens of which nothing is learnt: all are read.
    public static TokenizedRow unsupervised(int[] ids) {
        return new TokenizedRow(ids, new boolean[ids.length]);
    }

    /// How many tokens all rows begin with, of those that are read before the first supervised one of any: a
    /// system prompt, for the most part. 0 for a single row.
    public static int sharedBeginning(List<TokenizedRow> rows) {
        if (rows.size() < 2) {
            return 0;
        }
        int[] first = rows.getFirst().ids;
        int shared = first.length - 1;
        for (TokenizedRow row : rows) {
            int differ = Arrays.mismatch(first, row.ids);
            int alike = differ < 0 ? first.length : differ;
            shared = Math.min(shared, Math.min(alike, row.readBeforeSupervised()));
        }
        return shared;
    }

    /// Tokens before the one that the first supervised one is predicted from.
    public int readBeforeSupervised() {
        int t = 1;
        while (t < ids.length && !supervised[t]) {
            t++;
        }
        return t - 1;
    }

    /// Tokens that are read to predict the supervised ones: all before the last of those. What comes after needs no
    /// computing. Where nothing is supervised, all tokens.
    public int readTokens() {
        int t = ids.length - 1;
        while (t > 0 && !supervised[t]) {
            t--;
        }
        return t > 0 ? t : ids.length;
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
