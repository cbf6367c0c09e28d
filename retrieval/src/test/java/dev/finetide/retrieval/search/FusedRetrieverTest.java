package dev.finetide.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FusedRetrieverTest {
    @Test
    void ranksAreJoinedByTheirReciprocals() {
        FusedRetriever fused = new FusedRetriever(List.of(ranked(9, 4, 7, 1), ranked(9, 1, 7, 8)));

        List<Hit> hits = fused.search("any", 3);

        // 4: 1/61; 7: 1/62 + 1/62; 1: 1/63 + 1/61; 8: 1/63.
        assertThat(hits)
                .containsExactly(
                        new Hit(1, 1.0 / 63 + 1.0 / 61), new Hit(7, 1.0 / 62 + 1.0 / 62), new Hit(4, 1.0 / 61));
        assertThat(fused.size()).isEqualTo(9);
    }

    @Test
    void equalSumsAreOrderedByPosition() {
        assertThat(new FusedRetriever(List.of(ranked(9, 5, 2), ranked(9, 2, 5))).search("any", 9))
                .extracting(Hit::passage)
                .containsExactly(2, 5);
    }

    @Test
    void retrieversOfDifferentPassagesAreRefused() {
        assertThatThrownBy(() -> new FusedRetriever(List.of(ranked(8), ranked(9))))
                .hasMessage("retrievers that are fused search the same passages");
    }

    private static Retriever ranked(int size, int... passages) {
        return new Retriever() {
            @Override
            public List<Hit> search(String question, int count) {
                return IntStream.range(0, Math.min(count, passages.length))
                        .mapToObj(i -> new Hit(passages[i], -i))
                        .toList();
            }

            @Override
            public int size() {
                return size;
            }

            @Override
            public void close() {}
        };
    }
}
