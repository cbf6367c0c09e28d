package dev.finetide.suitability.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.text.Words;
import dev.finetide.proto.dataset.v1.Distribution;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | ''
            2 | two  words
            6 | Why, it's 3
            7 | 東京の天気 OK。
            4 | ฉันไป
            1 | cafe\u0301s
            """)
    void wordsAndMarksAreCountedInAnyScript(int count, String text) {
        assertThat(TokenCount.of(text)).isEqualTo(count);
    }

    @Test
    void wordsAreThoseOfTheMetrics() {
        String text = "Der Zug fährt um zwölf nach München und hält in Köln शब्द слово";

        assertThat(TokenCount.of(text)).isEqualTo(Words.of(text).size());
    }

    @Test
    void aRunWithoutGapsIsCut() {
        assertThat(TokenCount.of("A".repeat(1_000_000))).isEqualTo(20_000);
    }

    @ParameterizedTest
    @CsvSource({
        "7, 7, 7",
        "0, 1, 2",
        "0, 3, 24",
        "1, 500, 1000",
        "3, 40, 790",
        "0, 12, 8388608",
        "100, 120, 8388608",
        "1, 1, 99",
        "5, 5, 6",
        "8388607, 8388607, 8388608"
    })
    void histogramsHaveAtMost24BinsAroundAllSizes(double min, double median, double max) {
        double[] edges = HistogramEdges.of(min, median, max);

        assertThat(edges.length).isBetween(2, HistogramEdges.MOST_BINS + 1);
        assertThat(edges[0]).isLessThanOrEqualTo(min);
        assertThat(edges[edges.length - 1]).isGreaterThanOrEqualTo(max);
        assertThat(edges).isSorted();
        if (min < max) {
            assertThat(Arrays.stream(edges).distinct().count()).isEqualTo(edges.length);
            assertThat(edges[1]).isGreaterThan(min);
            assertThat(edges[edges.length - 2]).isLessThanOrEqualTo(max);
        }
    }

    @Test
    void manySizesAreWithinTheSketchsError() {
        long seed = 11;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        SizeSketch sketch = new SizeSketch(PartSizes.OF_SPLIT);
        double[] sizes =
                random.doubles(200_000).map(u -> Math.floor(20 / (u + 0.001))).toArray();
        Arrays.stream(sizes).forEach(sketch::add);

        Distribution distribution = sketch.distribution();

        Arrays.sort(sizes);
        assertThat(distribution.getMin()).isEqualTo(sizes[0]);
        assertThat(distribution.getMax()).isEqualTo(sizes[199_999]);
        assertThat(distribution.getMean())
                .isCloseTo(Arrays.stream(sizes).average().orElseThrow(), Offset.offset(1e-6));
        assertThat(distribution.getP95()).isBetween(sizes[189_000], sizes[191_000]);
        assertThat(distribution.getP5()).isBetween(sizes[9_000], sizes[11_000]);
        assertThat(distribution.getCountsList().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(200_000);
        assertThat(distribution.getCountsList()).allMatch(count -> count >= 0);
    }
}
