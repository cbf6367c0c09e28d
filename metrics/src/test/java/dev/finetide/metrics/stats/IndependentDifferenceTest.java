package dev.finetide.metrics.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class IndependentDifferenceTest {
    /// Compares with table II of Newcombe 1998, "Interval estimation for the difference between
    /// independent proportions", method 10, which is this rule over Wilson's intervals: 56 of 70
    /// and 48 of 80, 9 of 10 and 3 of 10, 10 of 10 and 0 of 10.
    @Test
    void overWilsonsIntervalsItIsNewcombesMethod10() {
        assertNewcombe(56, 70, 48, 80, 0.0524, 0.3339);
        assertNewcombe(9, 10, 3, 10, 0.1705, 0.8090);
        assertNewcombe(10, 10, 0, 10, 0.6075, 1.0000);
        assertNewcombe(5, 56, 0, 29, -0.0381, 0.1926);
    }

    private static void assertNewcombe(int a, int ofA, int b, int ofB, double low, double high) {
        IndependentDifference found = IndependentDifference.of(
                (double) a / ofA, Wilson.interval(a, ofA), (double) b / ofB, Wilson.interval(b, ofB));
        assertThat(found.interval().low()).isCloseTo(low, within(5e-5));
        assertThat(found.interval().high()).isCloseTo(high, within(5e-5));
    }

    @Test
    void thePValueAgreesWithTheInterval() {
        Interval around = new Interval(-1, 1);
        assertThat(IndependentDifference.of(0, around, 0, around).pValue()).isEqualTo(1);
        IndependentDifference atTheEdge =
                IndependentDifference.of(Math.sqrt(2), new Interval(Math.sqrt(2) - 1, Math.sqrt(2) + 1), 0, around);
        assertThat(atTheEdge.interval().low()).isCloseTo(0, within(1e-9));
        assertThat(atTheEdge.pValue()).isCloseTo(0.05, within(1e-9));
        assertThat(IndependentDifference.of(3, new Interval(2, 4), 0, around).pValue())
                .isLessThan(0.001);
        assertThat(IndependentDifference.of(3, Interval.UNKNOWN, 0, around).pValue())
                .isEqualTo(1);
    }
}
