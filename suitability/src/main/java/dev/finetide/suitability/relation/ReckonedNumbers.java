package dev.finetide.suitability.relation;

import dev.finetide.metrics.text.Numbers;
import dev.finetide.metrics.text.Words;
import dev.finetide.proto.dataset.v1.Share;
import dev.finetide.suitability.Shares;
import dev.finetide.suitability.sample.SampledRow;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/// Tells answers that may be reckoned from numbers of their questions from numbers that only a source knows: the price
/// of two tickets and a drink from the year in which a bridge was opened.
final class ReckonedNumbers {
    /// Numbers of a question from which another number may be reckoned. One may be part of a name.
    private static final int SEVERAL = 2;

    /// Rank correlation ("medium" by Cohen) from which a number of the question tells something about the answer.
    private static final double TELLS = 0.3;

    /// Numbers in words from two on, because "one" is an article in many languages.
    private static final Set<String> WORDS = Set.of(
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "twenty",
            "hundred",
            "thousand",
            "twice",
            "double",
            "half",
            "dozen",
            "zwei",
            "drei",
            "vier",
            "fünf",
            "sechs",
            "sieben",
            "acht",
            "neun",
            "zehn",
            "elf",
            "zwölf",
            "zwanzig",
            "hundert",
            "tausend",
            "doppelt",
            "halb",
            "deux",
            "trois",
            "quatre",
            "cinq",
            "sept",
            "huit",
            "neuf",
            "dix",
            "onze",
            "douze",
            "vingt",
            "cent",
            "mille",
            "dos",
            "tres",
            "cuatro",
            "cinco",
            "seis",
            "siete",
            "ocho",
            "nueve",
            "diez",
            "once",
            "doce",
            "veinte",
            "cien",
            "mil",
            "doble");

    private ReckonedNumbers() {}

    /// Numbers of a question, from which an answer may be reckoned.
    private record Asked(double answer, int numbers, double largest, double length) {}

    /// Returns the rows whose answer may be reckoned: the question has several numbers; or it has one, or any words at
    /// all, and over all rows the largest number, or the length, tells something about the answer.
    ///
    /// @param rows rows whose answers are numbers
    static Share of(List<SampledRow> rows) {
        List<Asked> asked = rows.stream().map(ReckonedNumbers::asked).toList();
        List<Asked> withNumber =
                asked.stream().filter(row -> !Double.isNaN(row.largest())).toList();
        boolean numberTells = tells(withNumber, Asked::largest);
        boolean lengthTells = tells(asked, Asked::length);
        long reckonable = asked.stream()
                .filter(row -> row.numbers() >= SEVERAL || row.numbers() > 0 && numberTells || lengthTells)
                .count();
        return Shares.of(reckonable, asked.size());
    }

    private static boolean tells(List<Asked> rows, ToDoubleFunction<Asked> what) {
        List<Asked> known =
                rows.stream().filter(row -> !Double.isNaN(row.answer())).toList();
        if (known.size() < Trial.FEWEST_ASKED) {
            return false;
        }
        OptionalDouble correlation = RankCorrelation.of(
                known.stream().mapToDouble(what).toArray(),
                known.stream().mapToDouble(Asked::answer).toArray());
        return correlation.isPresent() && Math.abs(correlation.getAsDouble()) >= TELLS;
    }

    private static Asked asked(SampledRow row) {
        List<Double> numbers = new ArrayList<>();
        Numbers.in(row.question())
                .forEach(number ->
                        Numbers.value(number).map(BigDecimal::doubleValue).ifPresent(numbers::add));
        long inWords = Words.of(row.question()).stream().filter(WORDS::contains).count();
        return new Asked(
                Numbers.answerIn(row.answer())
                        .flatMap(Numbers::value)
                        .map(BigDecimal::doubleValue)
                        .orElse(Double.NaN),
                numbers.size() + (int) inWords,
                numbers.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN),
                row.question().length());
    }
}
