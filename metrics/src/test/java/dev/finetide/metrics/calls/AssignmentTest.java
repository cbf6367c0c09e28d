package dev.finetide.metrics.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AssignmentTest {
    @Test
    void theSumIsTheLargestOfAllPairings() {
        long seed = 7;
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            double[][] gains = new double[1 + random.nextInt(6)][1 + random.nextInt(6)];
            int columns = gains[0].length;
            for (double[] row : gains) {
                for (int j = 0; j < columns; j++) {
                    row[j] = random.nextInt(4) / 3.0;
                }
            }
            assertThat(Assignment.best(gains))
                    .as("seed %d, case %d", seed, i)
                    .isCloseTo(best(gains, 0, 0), within(1e-9));
        }
    }

    @Test
    void nothingIsPairedWithNothing() {
        assertThat(Assignment.best(new double[0][0])).isZero();
        assertThat(Assignment.best(new double[3][0])).isZero();
    }

    private static double best(double[][] gains, int row, int used) {
        if (row == gains.length) {
            return 0;
        }
        double best = best(gains, row + 1, used);
        for (int j = 0; j < gains[row].length; j++) {
            if ((used & 1 << j) == 0) {
                best = Math.max(best, gains[row][j] + best(gains, row + 1, used | 1 << j));
            }
        }
        return best;
    }
}
