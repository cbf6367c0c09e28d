package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Counts the tokens that are read of a row, and the tokens that several rows begin with.
class TokenizedRowTest {
    @Test
    void rowsShareTheirBeginningUpToWhereTheyDiffer() {
        assertThat(TokenizedRow.sharedBeginning(
                        List.of(row(5, 1, 2, 3, 4, 5, 6), row(4, 1, 2, 3, 9, 5), row(5, 1, 2, 3, 4, 5, 6))))
                .isEqualTo(3);
    }

    @Test
    void whatTheFirstSupervisedTokenIsPredictedFromIsEachRowsOwn() {
        assertThat(TokenizedRow.sharedBeginning(List.of(row(4, 1, 2, 3, 4, 5, 6), row(3, 1, 2, 3, 4, 5, 6))))
                .isEqualTo(2);
        assertThat(TokenizedRow.sharedBeginning(List.of(row(1, 1, 2, 3), row(2, 1, 2, 3))))
                .isZero();
    }

    @Test
    void aRowWithoutSupervisedTokensKeepsItsLast() {
        assertThat(TokenizedRow.sharedBeginning(List.of(row(3, 1, 2, 3), row(3, 1, 2, 3))))
                .isEqualTo(2);
    }

    @Test
    void oneRowAloneSharesNothing() {
        assertThat(TokenizedRow.sharedBeginning(List.of(row(3, 1, 2, 3, 4)))).isZero();
    }

    @Test
    void whatNothingSupervisedIsPredictedFromIsNotRead() {
        assertThat(row(3, 1, 2, 3, 4, 5).readTokens()).isEqualTo(4);
        assertThat(new TokenizedRow(new int[5], new boolean[] {false, true, false, true, false}).readTokens())
                .isEqualTo(3);
        assertThat(new TokenizedRow(new int[3], new boolean[] {false, true, false}).readTokens())
                .isEqualTo(1);
    }

    @Test
    void aRowThatNothingIsLearntFromIsReadWhole() {
        assertThat(row(3, 1, 2, 3).readTokens()).isEqualTo(3);
    }

    /// @param supervised index of the first supervised token
    private static TokenizedRow row(int supervised, int... ids) {
        boolean[] flags = new boolean[ids.length];
        Arrays.fill(flags, Math.min(supervised, ids.length), ids.length, true);
        return new TokenizedRow(ids, flags);
    }
}
