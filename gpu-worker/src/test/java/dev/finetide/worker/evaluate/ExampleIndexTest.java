package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExampleIndexTest {
    @Test
    void textsAreOrderedByTheFormulaOfBm25() {
        Random random = new Random(1);
        List<String> texts = IntStream.range(0, 200)
                .mapToObj(i -> words(random, 3 + random.nextInt(25)))
                .toList();
        try (ExampleIndex index = new ExampleIndex(texts)) {
            for (int i = 0; i < 20; i++) {
                String question = words(random, 8);
                double[] scores = bm25(question, texts);
                double[] best = Arrays.stream(scores)
                        .boxed()
                        .sorted(Comparator.reverseOrder())
                        .limit(30)
                        .mapToDouble(Double::doubleValue)
                        .toArray();
                assertThat(index.nearest(question, 30).stream()
                                .mapToDouble(row -> scores[row])
                                .toArray())
                        .containsExactly(best, within(1e-4));
            }
        }
    }

    private static String words(Random random, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "w" + (int) Math.floor(Math.pow(random.nextDouble(), 2) * 60))
                .collect(Collectors.joining(" "));
    }

    /// Computes BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza 2009, section 3.5), without the
    /// factor k1 + 1, which changes no order.
    private static double[] bm25(String question, List<String> texts) {
        List<List<String>> words =
                texts.stream().map(text -> List.of(text.split(" "))).toList();
        double average = words.stream().mapToInt(List::size).average().orElseThrow();
        double[] scores = new double[texts.size()];
        for (String word : question.split(" ")) {
            long documents = words.stream().filter(text -> text.contains(word)).count();
            double rarity = Math.log(1 + (texts.size() - documents + 0.5) / (documents + 0.5));
            for (int row = 0; row < scores.length; row++) {
                double frequency = Collections.frequency(words.get(row), word);
                double length = words.get(row).size() / average;
                scores[row] += rarity * frequency / (frequency + 1.2 * (1 - 0.75 + 0.75 * length));
            }
        }
        return scores;
    }

    @Test
    void equalTextsComeInTheOrderOfTheirRowsAndTextsWithoutACommonWordLast() {
        try (ExampleIndex index = new ExampleIndex(List.of("red", "green apple", "blue", "green apple", "Grün"))) {
            assertThat(index.nearest("an Apple!", 4)).containsExactly(1, 3, 0, 2);
            assertThat(index.nearest("grün", 1)).containsExactly(4);
            assertThat(index.nearest("", 9)).containsExactly(0, 1, 2, 3, 4);
            assertThat(index.nearest("red", 0)).isEmpty();
        }
    }

    @Test
    void aQuestionOfThousandsOfWordsFindsItsOwnText() {
        String story = IntStream.range(0, 5000).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
        try (ExampleIndex index = new ExampleIndex(List.of("word1 word2", story, "another"))) {
            assertThat(index.nearest(story + " again", 1)).containsExactly(1);
        }
    }

    @Test
    void noTextsHaveNoNearest() {
        try (ExampleIndex index = new ExampleIndex(List.of())) {
            assertThat(index.nearest("anything", 3)).isEmpty();
        }
    }
}
