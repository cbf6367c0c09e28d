package dev.finetide.metrics.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "42|42",
                "-7|-7",
                "+7|7",
                "−7|-7",
                "$1,234.50|1234.50",
                "-$5|-5",
                "5 €|5",
                "12.5%|12.5",
                "1,234|1234",
                "1,234,567|1234567",
                "1.234.567|1234567",
                "1.234,5|1234.5",
                "1.234|1.234",
                "3,5|3.5",
                "0,125|0.125",
                "12,34|12.34",
                "1'234.5|1234.5",
                "1’234|1234",
                "1\u00a0234|1234",
                ".5|0.5",
                "5.|5",
                "1e3|1e3",
                "2.5E-2|0.025",
                "1/4|0.25",
                "\\frac{3}{4}|0.75",
                "-\\dfrac{1}{2}|-0.5",
                "٤٢|42",
                "１２|12"
            })
    void aNumberHasItsValue(String text, String value) {
        assertThat(Numbers.value(text))
                .hasValueSatisfying(found -> assertThat(found).isEqualByComparingTo(value));
    }

    @ParameterizedTest
    @CsvSource({"x", "''", "1 2", "B12", "forty", "1/0", "3 apples", "12:30"})
    void anotherTextHasNone(String text) {
        assertThat(Numbers.value(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "She has 3 + 4 = 7 apples.|7",
                "3 + 4 = 7\\n#### 8 apples and 9|8",
                "#### 8\\n\\nQuestion: 5?\\n#### 9|8",
                "#### none, so 12|12",
                "so \\boxed{5} and then \\boxed{\\frac{1}{2}} of 9|\\frac{1}{2}",
                "so \\boxed{x = 12} of 9|12",
                "so \\boxed{x} of 9|9",
                "\\boxed{\\text{about } 1,000|1,000",
                "It costs $1,250.75.|1,250.75",
                "from 5-3|3",
                "it is 3,4,5|5",
                "on 5.|5",
                "room B12 has 4x6|4",
                "is it −3?|-3"
            })
    void theNumberThatADerivationEndsInIsFound(String text, String number) {
        String found = Numbers.answerIn(text.replace("\\n", "\n")).orElseThrow();

        assertThat(found.replace("$", "")).isEqualTo(number);
    }

    @Test
    void aTextWithoutNumbersHasNone() {
        assertThat(Numbers.answerIn("none, B12")).isEmpty();
        assertThat(Numbers.answerIn("")).isEmpty();
    }

    @Test
    void wholeNumbersAreEqualOrNotAndOthersUpToRounding() {
        assertThat(same("1234567890123", "1234567890124")).isFalse();
        assertThat(same("5", "5.000")).isTrue();
        assertThat(same("0.3333333333", "0.33333333333")).isTrue();
        assertThat(same("0.333", "0.3333")).isFalse();
        assertThat(same("0", "0.0000000001")).isFalse();
    }

    @Test
    void longTextsTakeNoTime() {
        assertThat(Numbers.answerIn("1,".repeat(100_000) + "x")).isPresent();
        assertThat(Numbers.answerIn("1".repeat(200_000)).flatMap(Numbers::value))
                .isEmpty();
        assertThat(Numbers.answerIn("\\boxed{".repeat(20_000))).isEmpty();
        assertThat(Numbers.value("1e999")).isPresent();
    }

    private static boolean same(String a, String b) {
        return Numbers.same(new BigDecimal(a), new BigDecimal(b));
    }
}
