package dev.finetide.suitability.curve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerLawTest {
    private static final double[] ROWS = {125, 250, 375, 500, 750, 1000};

    @ParameterizedTest
    @CsvSource({"0.05, 3.0, 0.5", "0.0, 1.5, 0.25", "0.3, 20.0, 1.0", "0.1, 0.9, 0.1"})
    void aPlantedCurveIsFound(double floor, double scale, double exponent) {
        double[] errors = Arrays.stream(ROWS)
                .map(rows -> floor + scale * Math.pow(rows, -exponent))
                .toArray();
        PowerLaw law = PowerLaw.fit(ROWS, errors);
        assertThat(law.exponent()).isCloseTo(exponent, within(0.026));
        assertThat(law.rSquared()).isGreaterThan(0.999);
        assertThat(law.error(2000)).isCloseTo(floor + scale * Math.pow(2000, -exponent), within(0.003));
    }

    @Test
    void aNoisyCurveIsForecastNearly() {
        Random random = new Random(27);
        for (int trial = 0; trial < 20; trial++) {
            double[] errors = Arrays.stream(ROWS)
                    .map(rows -> 0.1 + 4 * Math.pow(rows, -0.5) + random.nextGaussian() * 0.005)
                    .toArray();
            assertThat(PowerLaw.fit(ROWS, errors).error(2000)).isCloseTo(0.1 + 4 * Math.pow(2000, -0.5), within(0.03));
        }
    }

    @Test
    void curvesThatDoNotFallHaveNoScale() {
        assertThat(PowerLaw.fit(ROWS, new double[] {0.2, 0.2, 0.2, 0.2, 0.2, 0.2})
                        .scale())
                .isZero();
        assertThat(PowerLaw.fit(ROWS, new double[] {0.2, 0.3, 0.4, 0.5, 0.6, 0.7})
                        .scale())
                .isZero();
        assertThat(PowerLaw.fit(ROWS, new double[] {0, 0, 0, 0, 0, 0}).rSquared())
                .isZero();
    }
}
