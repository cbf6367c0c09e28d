package dev.finetide.retrieval.leak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LeakCheckTest {
    @Test
    void answersAreFoundWhateverTheirSignsAndNoPartOfAWordIsOne() {
        List<String> answers = List.of(
                "It takes three working days.",
                "Yes.",
                "it takes THREE (working) days",
                "takes three working day",
                "The door is open now",
                "北京是中国的首都");
        List<String> texts = List.of(
                "nothing here",
                "Q: how long? A: It takes three working\ndays, at most.",
                "it takes three working days",
                "我知道北京是中国的首都。");

        LeakReport report = new LeakCheck(answers, 4).in(texts);

        assertThat(report.checked()).isEqualTo(5);
        assertThat(report.tooShort()).isEqualTo(1);
        assertThat(report.leaks())
                .containsExactly(new LeakReport.Leak(0, 1), new LeakReport.Leak(2, 1), new LeakReport.Leak(5, 3));
    }

    @Test
    void leaksAreThoseOfASearchForEachAnswer() {
        long seed = 3;
        Random random = new Random(seed);
        List<String> answers = texts(random, 200, 7);
        List<String> texts = texts(random, 100, 300);
        List<LeakReport.Leak> expected = IntStream.range(0, answers.size())
                .filter(i -> answers.get(i).split(" ").length >= 2)
                .mapToObj(i -> new LeakReport.Leak(
                        i,
                        IntStream.range(0, texts.size())
                                .filter(t -> (" " + texts.get(t) + " ").contains(" " + answers.get(i) + " "))
                                .findFirst()
                                .orElse(-1)))
                .filter(leak -> leak.passage() >= 0)
                .toList();
        assertThat(expected).as("seed %d", seed).hasSizeBetween(20, 190);
        assertThat(new LeakCheck(answers, 2).in(texts).leaks()).isEqualTo(expected);
    }

    @Test
    void answersWithOneBeginningTakeNoMoreTime() {
        String polite = "I am sorry to hear that you have trouble with number ";
        List<String> answers =
                IntStream.range(0, 10_000).mapToObj(i -> polite + i).toList();
        List<String> texts =
                IntStream.range(0, 20_000).mapToObj(i -> polite + 2 * i).toList();
        LeakReport report = assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> new LeakCheck(answers, LeakCheck.FEWEST_WORDS).in(texts));
        assertThat(report.leaks()).hasSize(5_000).endsWith(new LeakReport.Leak(9_998, 4_999));
    }

    @Test
    void anAnswerOfNoWordsCannotBeLookedFor() {
        assertThatThrownBy(() -> new LeakCheck(List.of(), 0)).hasMessageContaining("at least 1 word, not 0");
        assertThat(new LeakCheck(List.of("?!"), 1).in(List.of("a"))).isEqualTo(new LeakReport(0, 1, List.of()));
    }

    private static List<String> texts(Random random, int count, int most) {
        return Stream.generate(() -> random.ints(1 + random.nextInt(most), 'a', 'f')
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining(" ")))
                .limit(count)
                .toList();
    }
}
