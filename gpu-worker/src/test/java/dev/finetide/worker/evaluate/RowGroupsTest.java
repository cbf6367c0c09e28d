package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TokenizedRow;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowGroupsTest {
    private static PromptedRow row(int index, int promptTokens) {
        TokenizedRow tokens = TokenizedRow.unsupervised(new int[promptTokens + 2]);
        return new PromptedRow(
                index, new PromptCompletionRow("q", "a"), new ExaminedRow(tokens, promptTokens, 2, "a", Set.of()), 0);
    }

    private static List<List<Integer>> groups(List<PromptedRow> rows) {
        return RowGroups.of(rows, 10).stream()
                .map(group -> group.stream().map(PromptedRow::index).toList())
                .toList();
    }

    @Test
    void theLongestRowsComeFirstAndEqualOnesInOrder() {
        assertThat(groups(List.of(row(0, 5), row(1, 90), row(2, 5)))).containsExactly(List.of(1, 0, 2));
        assertThat(groups(List.of())).isEmpty();
    }

    @Test
    void aGroupHasNeitherTooManyRowsNorTooManyTokens() {
        List<List<Integer>> rows =
                groups(IntStream.range(0, 130).mapToObj(i -> row(i, 5)).toList());
        assertThat(rows).extracting(List::size).containsExactly(64, 64, 2);
        List<List<Integer>> tokens =
                groups(IntStream.range(0, 5).mapToObj(i -> row(i, 16_000)).toList());
        assertThat(tokens).extracting(List::size).containsExactly(2, 2, 1);
        assertThat(groups(List.of(row(0, 100_000)))).containsExactly(List.of(0));
    }
}
