package dev.finetide.sft.text;

import java.util.Arrays;
import java.util.List;

/// A training row as the engine reads it: token ids, and for each token whether the model is to learn to produce it.
///
/// Labels are not shifted here: `supervised[t]` says that token `ids[t]` counts in the loss, and the engine predicts
/// that token from `ids[0..t-1]`. The first token is never supervised, because no token precedes it.
///
/// @param ids token ids, at least two
/// @param supervised whether each token counts in the loss; as long as `ids`
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

    /// Returns a row without supervised tokens: all tokens are read, and nothing is learnt.
    public static TokenizedRow unsupervised(int[] ids) {
        return new TokenizedRow(ids, new boolean[ids.length]);
    }

    /// Counts the tokens that all rows begin with and that are read before the first supervised token of any row:
    /// usually a system prompt. Returns 0 for a single row.
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

    /// Counts the tokens before the one from which the first supervised token is predicted.
    public int readBeforeSupervised() {
        int t = 1;
        while (t < ids.length && !supervised[t]) {
            t++;
        }
        return t - 1;
    }

    /// Counts the tokens that are read to predict the supervised ones: all tokens before the last supervised one,
    /// because later tokens need no computing. Without a supervised token, all tokens are read.
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
