package dev.finetide.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class Bm25RetrieverTest {
    @Test
    void scoresAreThoseOfTheFormulaAndRanksFollowThem() {
        long seed = 1;
        Random random = new Random(seed);
        List<String> passages = IntStream.range(0, 300)
                .mapToObj(i -> words(random, 3 + random.nextInt(30)))
                .toList();
        try (Bm25Retriever retriever = new Bm25Retriever(passages)) {
            for (int i = 0; i < 20; i++) {
                String question = words(random, 8);
                double[] scores = bm25(question, passages);
                List<Hit> hits = retriever.search(question, 40);
                assertThat(hits).as("seed %d, question %d", seed, i).hasSize(40);
                assertThat(hits)
                        .allSatisfy(hit -> assertThat(hit.score()).isCloseTo(scores[hit.passage()], within(1e-4)));
                double[] best = Arrays.stream(scores)
                        .map(score -> -score)
                        .sorted()
                        .limit(40)
                        .map(score -> -score)
                        .toArray();
                assertThat(hits.stream()
                                .mapToDouble(hit -> scores[hit.passage()])
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
    private static double[] bm25(String question, List<String> passages) {
        List<List<String>> words =
                passages.stream().map(text -> List.of(text.split(" "))).toList();
        double average = words.stream().mapToInt(List::size).average().orElseThrow();
        double[] scores = new double[passages.size()];
        for (String word : question.split(" ")) {
            long documents = words.stream().filter(text -> text.contains(word)).count();
            double rarity = Math.log(1 + (passages.size() - documents + 0.5) / (documents + 0.5));
            for (int i = 0; i < scores.length; i++) {
                double frequency = Collections.frequency(words.get(i), word);
                scores[i] += rarity
                        * frequency
                        / (frequency + 1.2 * (1 - 0.75 + 0.75 * words.get(i).size() / average));
            }
        }
        return scores;
    }

    @Test
    void onlyPassagesThatShareAWordAreFoundAndEqualOnesInTheirOrder() {
        try (Bm25Retriever retriever =
                new Bm25Retriever(List.of("red", "green apple", "the blue", "green apple", "Grün 北京"))) {
            assertThat(retriever.search("an Apple!", 4))
                    .extracting(Hit::passage)
                    .containsExactly(1, 3);
            assertThat(retriever.search("GRÜN", 1)).extracting(Hit::passage).containsExactly(4);
            assertThat(retriever.search("京", 1)).extracting(Hit::passage).containsExactly(4);
            assertThat(retriever.search("the", 9)).extracting(Hit::passage).containsExactly(2);
            assertThat(retriever.search("", 9)).isEmpty();
            assertThat(retriever.search("red", 0)).isEmpty();
            assertThat(retriever.size()).isEqualTo(5);
        }
        try (Bm25Retriever nothing = new Bm25Retriever(List.of())) {
            assertThat(nothing.search("anything", 3)).isEmpty();
        }
    }

    @Test
    void severalThreadsGetTheAnswersOfOne() {
        Random random = new Random(2);
        List<String> passages =
                IntStream.range(0, 500).mapToObj(_ -> words(random, 20)).toList();
        List<String> questions =
                IntStream.range(0, 200).mapToObj(_ -> words(random, 5)).toList();
        try (Bm25Retriever retriever = new Bm25Retriever(passages)) {
            List<List<Hit>> alone = questions.stream()
                    .map(question -> retriever.search(question, 10))
                    .toList();
            assertThat(questions.parallelStream()
                            .map(question -> retriever.search(question, 10))
                            .toList())
                    .isEqualTo(alone);
        }
    }

    @Test
    void aQuestionOfThousandsOfWordsFindsItsOwnPassage() {
        String story = IntStream.range(0, 5000).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
        String strange = IntStream.range(0, 5000).mapToObj(i -> "other" + i).collect(Collectors.joining(" "));
        try (Bm25Retriever retriever = new Bm25Retriever(List.of("word1 word2", story, "another"))) {
            assertThat(retriever.search(strange + " " + story, 1))
                    .extracting(Hit::passage)
                    .containsExactly(1);
        }
    }
}
