package dev.finetide.suitability.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.PlantedRows;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Sections;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Facts that are to be looked up, and rules that the words of a question do not show.
class FactsAndRulesTest {
    private static final long SEED = 41;
    private static final List<String> KINDS = List.of("river", "castle", "harbour", "abbey", "tower", "bridge");
    private static final List<String> SYLLABLES =
            List.of("ka", "lo", "mi", "nur", "per", "sel", "tor", "ub", "ven", "wim", "ost", "fra", "gel", "dun");

    @TempDir
    Path scratch;

    private final Random random = new Random(SEED);
    private final PlantedRows rows = new PlantedRows();

    @BeforeEach
    void printSeed() {
        System.out.println("seed " + SEED);
    }

    private Fitness verdict() throws IOException {
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();
        Clock clock = Clock.fixed(Instant.parse("2026-11-30T00:00:00Z"), ZoneOffset.UTC);
        for (Section section : Sections.all(scratch, clock, "projects/default/datasets/planted/versions/1")) {
            rows.measure(section, report);
        }
        return report.getVerdict().getFitness();
    }

    private String any(List<String> texts) {
        return texts.get(random.nextInt(texts.size()));
    }

    private String name() {
        String name = any(SYLLABLES) + any(SYLLABLES) + any(SYLLABLES);
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    /// Questions that are alike have answers of one kind, which have a word in common, but not the same answer.
    @Test
    void factsOfOneKindAreLookedUp() throws IOException {
        for (int i = 0; i < 300; i++) {
            String kind = KINDS.get(i % KINDS.size());
            String answer = i % 3 == 0 ? name() + " " + kind : name() + " " + name();
            rows.prompt("train", "Which %s did the travellers of %s see?".formatted(kind, name()), answer);
        }
        assertThat(verdict()).isEqualTo(Fitness.PREFER_RETRIEVAL);
    }

    @Test
    void namesThatAreFormedOfTheQuestionAreLearnt() throws IOException {
        for (int i = 0; i < 300; i++) {
            String first = name();
            String last = name();
            rows.prompt(
                    "train",
                    "Make an account for %s %s of %s.".formatted(first, last, name()),
                    first.charAt(0) + last.toLowerCase(Locale.ROOT) + "01");
        }
        assertThat(verdict()).isIn(Fitness.FITS, Fitness.FITS_WITH_CAUTION);
    }

    @Test
    void shortAnswersOfAGuideAreLookedUp() throws IOException {
        for (int i = 0; i < 70; i++) {
            String guest = "room " + (100 + 7 * i);
            String answer = "Call %s at the desk, take key %d, and go up by the %s stairs."
                    .formatted(name(), random.nextInt(900), any(KINDS));
            for (String asked : List.of("Where is %s?", "How do I get to %s?", "I cannot find %s.")) {
                rows.prompt("train", asked.formatted(guest + " " + name()), answer);
            }
        }
        assertThat(verdict()).isEqualTo(Fitness.PREFER_RETRIEVAL);
    }

    /// Each number is a fact of its own, although the name in the question has a number, too.
    @Test
    void numbersThatNothingTellsAreLookedUp() throws IOException {
        for (int i = 0; i < 200; i++) {
            rows.prompt(
                    "train",
                    "How many seats has hall %d of the %s %s?".formatted(1 + random.nextInt(9), name(), any(KINDS)),
                    Integer.toString(40 + random.nextInt(900)));
        }
        assertThat(verdict()).isEqualTo(Fitness.PREFER_RETRIEVAL);
    }

    @Test
    void numbersThatAreReckonedFromSeveralAreNot() throws IOException {
        for (int i = 0; i < 200; i++) {
            int one = 3 + random.nextInt(90);
            int two = 3 + random.nextInt(90);
            rows.prompt(
                    "train",
                    "%s planted %d rows of %d trees.".formatted(name(), one, two),
                    Integer.toString(one * two % 1000));
        }
        assertThat(verdict()).isNotEqualTo(Fitness.PREFER_RETRIEVAL);
    }

    @Test
    void numbersThatAreConvertedFromOneAreNot() throws IOException {
        for (int i = 0; i < 200; i++) {
            int miles = 3 + random.nextInt(900);
            rows.prompt(
                    "train",
                    "How many metres are the %d miles to %s?".formatted(miles, name()),
                    Integer.toString(1609 * miles));
        }
        assertThat(verdict()).isNotEqualTo(Fitness.PREFER_RETRIEVAL);
    }

    @Test
    void lettersThatAreCountedAreNot() throws IOException {
        for (int i = 0; i < 200; i++) {
            String word = Stream.generate(this::name)
                    .limit(1 + random.nextInt(6))
                    .collect(Collectors.joining())
                    .toLowerCase(Locale.ROOT);
            rows.prompt("train", "Count the letters of " + word, Integer.toString(word.length()));
        }
        assertThat(verdict()).isNotEqualTo(Fitness.PREFER_RETRIEVAL);
    }

    /// No label is wrong, and the held-out rows say so: where two words stand beside each other, the label turns.
    @Test
    void labelsThatHeldOutRowsVouchForAreNotCalledWrong() throws IOException {
        for (int i = 0; i < 360; i++) {
            boolean isUp = random.nextBoolean();
            boolean isTurned = random.nextInt(3) == 0;
            String trend = any(isUp == isTurned ? List.of("falls", "sinks") : List.of("rises", "climbs"));
            rows.prompt(
                    i < 300 ? "train" : "test",
                    "%s: the water of the %s %s%s.".formatted(name(), any(KINDS), isTurned ? "no longer " : "", trend),
                    isUp ? "more" : "less");
        }
        assertThat(verdict()).isNotEqualTo(Fitness.MEND_FIRST);
    }

    /// No label is wrong: a number decides, and words tell the label in three rows of ten only.
    @Test
    void labelsOfAHardRuleAreNotCalledWrong() throws IOException {
        for (int i = 0; i < 400; i++) {
            int number = 1_000 + random.nextInt(9_000);
            boolean isEven = number % 2 == 0;
            String hint = i % 10 < 3 ? isEven ? "pairs" : "singles" : name();
            rows.prompt(
                    "train",
                    "%s has %d boxes of %s, says %s.".formatted(name(), number, hint, name()),
                    isEven ? "fits" : "does not fit");
        }
        assertThat(verdict()).isNotEqualTo(Fitness.MEND_FIRST);
    }

    /// All answers differ, and the first of them, which counts as the most frequent one, is unlucky:
    /// texts of other rows are nearer to each answer, but each as near as any other.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "the train leaves platform seven while rain falls over quiet gardens and children sing",
                "โทรศัพท์ หนังสือ รองเท้า กระเป๋า เชียงใหม่ กรุงเทพ อยุธยา เมื่อวาน ขอบคุณ จักรยาน ตู้เย็น"
            })
    void textsAtRandomAreNoFit(String language) throws IOException {
        List<String> words = List.of(language.split(" "));
        String between = language.startsWith("the") ? " " : "";
        for (int i = 0; i < 240; i++) {
            String question = Stream.generate(() -> any(words)).limit(9).collect(Collectors.joining(between));
            String answer = Stream.generate(() -> any(words))
                    .limit(i == 0 ? 9 : 14 + i % 9)
                    .collect(Collectors.joining(between));
            rows.prompt("train", question + name(), i == 0 ? answer + "?".repeat(300) : answer);
        }
        assertThat(verdict()).isEqualTo(Fitness.FITS_WITH_CAUTION);
    }
}
