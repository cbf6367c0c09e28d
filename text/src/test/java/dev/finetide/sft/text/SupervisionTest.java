package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SupervisionTest {
    private static final TokenizedRow THREE_TOKENS =
            new TokenizedRow(new int[] {1, 2, 3}, new boolean[] {false, true, true});

    @Test
    void aRowCountsOncePerKindAndTheFirstRowsOfTheUploadAreNamed() {
        Supervision supervision = new Supervision();

        for (int line = 12; line >= 1; line--) {
            supervision.add(seen("a", "b"), Optional.of(new RowSource("test", line)));
            supervision.add(seen("a", "b"), Optional.of(new RowSource("train", line)));
        }

        assertThat(supervision.counts()).singleElement().satisfies(count -> {
            assertThat(count.finding()).isEqualTo(RowFinding.NOT_RENDERED);
            assertThat(count.rows()).isEqualTo(24);
            assertThat(count.first())
                    .isEqualTo(IntStream.rangeClosed(1, 10)
                            .mapToObj(line -> new Supervision.Place(Optional.of(new RowSource("train", line)), "a"))
                            .toList());
        });
        assertThat(supervision.rows()).isEqualTo(24);
        assertThat(supervision.longestRow()).isEqualTo(3);
        assertThat(supervision.tokens()).isZero();
    }

    @Test
    void onlyTokensOfRowsThatAreLearntFromAreCounted() {
        Supervision supervision = new Supervision();

        supervision.add(seen(), Optional.empty());
        supervision.add(seen("a"), Optional.empty());

        assertThat(supervision.tokens()).isEqualTo(3);
        assertThat(supervision.learntTokens()).isEqualTo(2);
    }

    private static SeenRow seen(String... notRendered) {
        List<Found> found = List.of(notRendered).stream()
                .map(field -> new Found(RowFinding.NOT_RENDERED, field, "lost"))
                .toList();
        return new SeenRow(Optional.of(THREE_TOKENS), 1, 2, "x", found);
    }
}
