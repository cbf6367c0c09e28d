package dev.finetide.sft.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Which rows are computed before a run to see whether it fits.
class StepGradientsTest {
    private static final int LIMIT = 1024;

    private final Random random = new Random(3);

    @Test
    void theLongestRowsAreTheHeaviest() {
        List<TokenizedRow> rows = List.of(row(0, 0, 10), row(1, 0, 30), row(2, 0, 20));
        assertThat(StepGradients.heaviest(rows, 2, LIMIT, Batch.Layout.SHARED))
                .containsExactly(List.of(rows.get(1), rows.get(2)));
    }

    /// Two prompts: mixed, each row is a micro-batch; of one kind, four are one.
    @Test
    void shorterRowsThatBeginAlikeAreHeavierTogether() {
        List<TokenizedRow> rows = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            rows.add(row(i % 2, 1000, i < 4 ? 110 : 100));
        }
        Collections.shuffle(rows, random);

        List<List<TokenizedRow>> steps = StepGradients.heaviest(rows, 4, LIMIT, Batch.Layout.SHARED);

        assertThat(steps).hasSize(2);
        assertThat(steps.getFirst()).allSatisfy(row -> assertThat(row.length()).isEqualTo(1110));
        assertThat(TokenizedRow.sharedBeginning(steps.get(0))).isZero();
        assertThat(TokenizedRow.sharedBeginning(steps.get(1))).isEqualTo(1000);
        assertThat(StepGradients.heaviest(rows, 4, LIMIT, Batch.Layout.APART)).containsExactly(steps.getFirst());
    }

    /// Makes a row.
    ///
    /// @param kind the only token of the row's beginning
    /// @param own tokens that no other row has
    private TokenizedRow row(int kind, int beginning, int own) {
        int[] ids = new int[beginning + own];
        Arrays.fill(ids, kind);
        System.arraycopy(random.ints(own, 10, Integer.MAX_VALUE).toArray(), 0, ids, beginning, own);
        boolean[] supervised = new boolean[ids.length];
        supervised[ids.length - 1] = true;
        return new TokenizedRow(ids, supervised);
    }
}
