package dev.finetide.cli.dataset.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.Distribution;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextChartTest {
    private static final Chart BARS = new Chart.Bars(
            "Classes",
            List.of(
                    new Chart.Bar("delivery", 1, "100 %"),
                    new Chart.Bar("a very long name of a class that is cut", 0.5, "50 %"),
                    new Chart.Bar("none", 0, "0 %")));
    private static final Chart HISTOGRAM = new Chart.Histogram(
            "Words",
            "words",
            Distribution.newBuilder()
                    .setMin(1)
                    .setMax(5)
                    .addAllEdges(List.of(1.0, 2.0, 3.0, 5.0))
                    .addAllCounts(List.of(1000L, 0L, 1L))
                    .build());

    @Test
    void aTerminalWithUtf8GetsBlocks() {
        TextChart charts = TextChart.of(StandardCharsets.UTF_8);

        assertThat(charts.lines(BARS))
                .containsExactly(
                        "  Classes",
                        "    delivery                 ████████████████████████ 100 %",
                        "    a very long name of a c… ████████████             50 %",
                        "    none                                              0 %");
        assertThat(charts.lines(HISTOGRAM).get(1))
                .as("an almost empty bin is seen")
                .isEqualTo("    1 [█ ▁] 5 words");
    }

    @Test
    void aCurveIsAsLongAsItsPartOfTheLargestScore() {
        CurvePoint point = CurvePoint.newBuilder()
                .setTrainRows(100)
                .setValue(50)
                .setLow(49)
                .setHigh(51)
                .build();

        Chart curve = new Chart.Curve("chrf by rows", "chrf", List.of(point), List.of());

        assertThat(TextChart.of(StandardCharsets.UTF_8).lines(curve).get(1))
                .isEqualTo("    100 rows                 ████████████             50.000 (49.000 to 51.000)");
    }

    @Test
    void anotherTerminalGetsPlainAscii() {
        TextChart charts = TextChart.of(StandardCharsets.US_ASCII);

        assertThat(String.join("", charts.lines(HISTOGRAM)))
                .matches("\\p{ASCII}*")
                .contains("1 [@ .] 5 words");
        assertThat(charts.lines(BARS).get(1)).contains("########################");
    }
}
