package dev.finetide.metrics.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The expected kappas are those of scikit-learn 1.9.1: `cohen_kappa_score(list(first), list(second))`.
class CohensKappaTest {
    private static int[] ratings(String digits) {
        return digits.chars().map(digit -> digit - '0').toArray();
    }

    private static CohensKappa kappa(int[] first, int[] second) {
        return CohensKappa.of(first, second, 3, new Bootstrap(7, 2000));
    }

    @ParameterizedTest
    @CsvSource({
        "0120120120, 0120120120, 1.0",
        "0011220011, 0101221010, 0.375",
        "0000000001, 0000000010, -0.11111111111111116",
        "0102102021, 1210210102, -0.4925373134328359",
        "0001112220001112, 0011122200011222, 0.4418604651162791"
    })
    void kappaIsThatOfScikitLearn(String first, String second, double expected) {
        assertThat(kappa(ratings(first), ratings(second)).value()).isCloseTo(expected, within(1e-12));
    }

    /// The asymptotic interval of Fleiss, Cohen and Everitt 1969 for these ratings is 0.2901 to 0.4936, by their
    /// formula in numpy.
    @Test
    void theIntervalOfManyRatingsIsNearTheAsymptoticOne() {
        int[] first = new int[200];
        int[] second = new int[200];
        long state = 7;
        for (int i = 0; i < first.length; i++) {
            state = (state * 1_103_515_245 + 12_345) % 2_147_483_648L;
            first[i] = (int) ((state >> 16) % 3);
            state = (state * 1_103_515_245 + 12_345) % 2_147_483_648L;
            int draw = (int) ((state >> 16) % 10);
            second[i] = draw < 6 ? first[i] : (first[i] + 1 + draw % 2) % 3;
        }
        CohensKappa kappa = kappa(first, second);
        assertThat(kappa.value()).isCloseTo(0.39184623470230495, within(1e-12));
        assertThat(kappa.interval().low()).isCloseTo(0.2901, within(0.012));
        assertThat(kappa.interval().high()).isCloseTo(0.4936, within(0.012));
    }

    @Test
    void nothingIsKnownWhereTheRatersSayOneThingOnlyOrRowsAreFew() {
        assertThat(kappa(ratings("22222222"), ratings("22222222")).value()).isNaN();
        assertThat(kappa(new int[0], new int[0]).value()).isNaN();
        assertThat(kappa(ratings("012"), ratings("011")).interval().isKnown()).isFalse();
        assertThatThrownBy(() -> kappa(ratings("0"), ratings("01")))
                .hasMessage("expected ratings of the same rows, got 1 and 2");
    }

    @Test
    void aSignTestIsABinomialTestOfTheRowsThatDiffer() {
        // scipy.stats.binomtest(k, n, 0.5).pvalue
        assertThat(SignTest.pValue(9, 1)).isCloseTo(0.021484375, within(1e-12));
        assertThat(SignTest.pValue(3, 9)).isCloseTo(0.1459960937, within(1e-9));
        assertThat(SignTest.pValue(0, 0)).isEqualTo(1);
    }
}
