package dev.finetide.suitability.curve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.PlantedRows;
import dev.finetide.suitability.relation.TrainRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningCurveTest {
    @TempDir
    Path scratch;

    private SuitabilityReport.Builder measure(PlantedRows rows) throws IOException {
        return rows.measure(new LearningCurve(new TrainRows(scratch))).toBuilder();
    }

    /// Each class has 150 words of its own, so that a model of words learns with every row.
    private static PlantedRows classes(int count) {
        Random random = new Random(27);
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < count; i++) {
            int topic = random.nextInt(4);
            rows.prompt(
                    "train",
                    "topic%d word%d and word%d row%d"
                            .formatted(
                                    random.nextInt(100),
                                    topic * 150 + random.nextInt(150),
                                    topic * 150 + random.nextInt(150),
                                    i),
                    "class " + topic);
        }
        return rows;
    }

    @Test
    void aCurveThatRisesIsForecast() throws IOException {
        PlantedRows rows = classes(400);
        var curve = measure(rows).getLearningCurve();
        assertThat(curve.getBaseline()).isEqualTo("linear model of words");
        assertThat(curve.getPointsCount()).isEqualTo(6);
        assertThat(curve.getPoints(5).getTrainRows()).isBetween(310L, 330L);
        assertThat(curve.hasDoubled()).isTrue();
        double twice = measure(classes(1_000)).getLearningCurve().getPoints(5).getValue();
        System.out.printf(
                "400 rows: %.3f, forecast for 800: %.3f [%.3f, %.3f], 800 rows: %.3f%n",
                curve.getPoints(5).getValue(),
                curve.getDoubled(),
                curve.getDoubledLow(),
                curve.getDoubledHigh(),
                twice);
        assertThat(twice).isBetween(curve.getDoubledLow() - 0.02, curve.getDoubledHigh() + 0.02);
        assertThat(curve.getDoubled()).isGreaterThan(curve.getPoints(5).getValue() + 0.01);
        assertThat(curve.getDoubledLow()).isLessThan(curve.getDoubled());
        assertThat(curve.getDoubledHigh()).isGreaterThan(curve.getDoubled());
        assertThat(curve.getRSquared()).isGreaterThan(LearningCurve.BELIEVED);

        SuitabilityReport.Builder again = measure(rows);
        assertThat(again.getLearningCurve()).isEqualTo(curve);
    }

    @Test
    void aCurveThatDoesNotFallSaysSo() throws IOException {
        Random random = new Random(27);
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 300; i++) {
            rows.prompt(
                    "train",
                    "word%d word%d".formatted(random.nextInt(500), random.nextInt(500)),
                    "class " + random.nextInt(2));
        }
        SuitabilityReport.Builder report = measure(rows);
        assertThat(report.getLearningCurve().getPointsCount()).isEqualTo(6);
        assertThat(report.getLearningCurve().hasDoubled()).isFalse();
        assertThat(report.getUnmeasured(0).getWhy()).startsWith("cannot say: ");
    }

    @Test
    void tooFewRowsALabelAreNotMeasured() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 200; i++) {
            rows.prompt("train", "a question about thing%d and thing%d".formatted(i, 7 * i), "label " + i % 90);
        }
        SuitabilityReport.Builder report = measure(rows);
        assertThat(report.hasLearningCurve()).isFalse();
        assertThat(report.getUnmeasured(0).getWhy())
                .isEqualTo("200 rows of 90 labels are too few rows a label for parts of them");
        assertThat(measure(new PlantedRows().prompt("train", "a", "b")).hasLearningCurve())
                .isFalse();
    }
}
