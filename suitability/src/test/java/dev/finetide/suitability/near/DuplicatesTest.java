package dev.finetide.suitability.near;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.DuplicatesSection;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.PlantedRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DuplicatesTest {
    private static final String LONG = "The quick brown fox jumps over the lazy dog near the river bank";

    @TempDir
    Path scratch;

    private DuplicatesSection section(PlantedRows rows) throws IOException {
        SuitabilityReport report = rows.measure(new Duplicates(scratch));
        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).isEmpty();
        }
        assertThat(report.toString()).doesNotContain("NaN");
        return report.getDuplicates();
    }

    @Test
    void equalRowsEqualQuestionsAndNearOnesAreDifferentThings() throws IOException {
        PlantedRows rows = new PlantedRows()
                .prompt("train", LONG, "a")
                .prompt("train", LONG, "a")
                .prompt("train", LONG, "b")
                .prompt("train", LONG + "!", "a")
                .prompt("train", "Something else", "a");
        rows.prompt("test", "Not learnt", "a").prompt("test", "Not learnt, either", "a");

        DuplicatesSection section = section(rows);

        assertThat(section.getLearntQuestions()).isEqualTo(3);
        assertThat(section.getExactRows().getRows()).isEqualTo(1);
        assertThat(section.getExactQuestions().getRows()).isEqualTo(2);
        assertThat(section.getNearQuestions().getRows()).isEqualTo(3);
        assertThat(section.getNearQuestions().getOf()).isEqualTo(7);
        assertThat(rows.found(FoundKind.EXACT_DUPLICATE)).containsExactly("train 2");
        assertThat(rows.found(FoundKind.NEAR_DUPLICATE)).containsExactly("train 2", "train 3", "train 4");
        RowFound near = rows.foundRows(FoundKind.NEAR_DUPLICATE).getLast();
        assertThat(near.getOtherNumber()).isEqualTo(1);
        assertThat(near.getGroup()).isEqualTo(1);
        // LONG has 57 different shingles of 59, and the sign makes one more.
        assertThat(near.getValue()).isEqualTo(57.0 / 58);
    }

    @Test
    void leaksAreCountedForEachPairOfSplits() throws IOException {
        PlantedRows rows = new PlantedRows()
                .prompt("train", LONG, "a")
                .prompt("train", "Another question of some length that stands in two splits", "b")
                .prompt("validation", LONG + "!", "a")
                .prompt("test", LONG.toUpperCase(Locale.ROOT), "a")
                .prompt("test", LONG, "c")
                .prompt("test", "Another  question of some length that stands in two splits ", "b")
                .prompt("test", "A question of the test split alone", "b");

        DuplicatesSection section = section(rows);

        assertThat(section.getLeaksList())
                .extracting(leak -> leak.getSplit() + " " + leak.getEarlier() + " "
                        + leak.getEqual().getRows() + " " + leak.getNear().getRows() + " of "
                        + leak.getNear().getOf())
                .containsExactly("validation train 0 1 of 1", "test train 2 3 of 4", "test validation 0 2 of 4");
        assertThat(rows.found(FoundKind.LEAK)).containsExactly("validation 1", "test 1", "test 2", "test 3");
        assertThat(rows.found(FoundKind.NEAR_DUPLICATE)).as("in its own split").containsExactly("test 2");
        assertThat(section.getExamplesList()).hasSize(5);
    }

    @Test
    void rowsWithOtherSystemTurnsAreOtherTasks() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (String system : List.of("Translate to French.", "Translate to German.", "Translate to  French.")) {
            rows.chat("train", "system", system, "user", LONG, "assistant", "x");
        }

        assertThat(section(rows).getNearQuestions().getRows()).isEqualTo(1);
        assertThat(rows.found(FoundKind.NEAR_DUPLICATE)).containsExactly("train 3");
    }

    @Test
    void manyEqualRowsAreOneGroup() throws IOException {
        PlantedRows rows = new PlantedRows();
        IntStream.range(0, 20_000).forEach(i -> rows.prompt("train", LONG, "a"));

        DuplicatesSection section = section(rows);

        assertThat(section.getExactRows().getRows()).isEqualTo(19_999);
        assertThat(section.getNearQuestions().getRows()).isEqualTo(19_999);
        assertThat(section.getExamplesList()).hasSize(20);
    }

    @Test
    void noRowsAndOneRowAreNoDuplicates() throws IOException {
        assertThat(new PlantedRows().measure(new Duplicates(scratch)).hasDuplicates())
                .isFalse();
        DuplicatesSection one = section(new PlantedRows().text("train", "Once upon a time"));
        assertThat(one.getNearQuestions().getRows()).isZero();
        assertThat(one.getLeaksList()).isEmpty();
    }

    /// Words are exchanged one by one, so that similarities of all sizes occur.
    @Test
    void nearRowsAreThoseOfAllPairs() throws IOException {
        long seed = 26;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int group = 0; group < 60; group++) {
            String[] words = random.ints(14, 0, 5_000).mapToObj(i -> "w" + i).toArray(String[]::new);
            for (int i = 0; i < 10; i++) {
                texts.add(String.join(" ", words));
                words[random.nextInt(words.length)] = "w" + random.nextInt(5_000);
            }
        }
        PlantedRows rows = new PlantedRows();
        texts.forEach(text -> rows.prompt("train", text, "a"));

        DuplicatesSection section = section(rows);

        List<Set<String>> pieces = texts.stream().map(DuplicatesTest::pieces).toList();
        Set<Integer> later = new HashSet<>();
        int[] group = IntStream.range(0, texts.size()).toArray();
        for (int i = 0; i < texts.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (jaccard(pieces.get(i), pieces.get(j)) >= 0.8 && group[i] != group[j]) {
                    int from = Math.max(group[i], group[j]);
                    int to = Math.min(group[i], group[j]);
                    Arrays.setAll(group, k -> group[k] == from ? to : group[k]);
                }
            }
        }
        IntStream.range(0, group.length).filter(i -> group[i] != i).forEach(later::add);
        assertThat(later.size()).isGreaterThan(100);
        assertThat(section.getNearQuestions().getRows()).isEqualTo(later.size());
        assertThat(rows.foundRows(FoundKind.NEAR_DUPLICATE))
                .extracting(row -> (int) row.getNumber() - 1)
                .containsExactlyInAnyOrderElementsOf(later);
    }

    private static double jaccard(Set<String> left, Set<String> right) {
        Set<String> both = new HashSet<>(left);
        both.retainAll(right);
        return (double) both.size() / (left.size() + right.size() - both.size());
    }

    private static Set<String> pieces(String text) {
        Set<String> pieces = new HashSet<>();
        for (int i = 0; i + 5 <= text.length(); i++) {
            pieces.add(text.substring(i, i + 5));
        }
        return pieces;
    }

    /// A template whose rows differ by a third is shared by bands and never near: each pair would be compared in vain.
    @Test
    void rowsOfOneTemplateTakeTimeByTheirNumber() throws IOException {
        long seed = 3;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String template = LONG.repeat(2);
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 8_000; i++) {
            rows.prompt(
                    "train",
                    template + " " + Long.toString(random.nextLong() >>> 1, 36).repeat(2),
                    "a");
        }

        Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
            section(rows);
        });
    }

    @Test
    void longTextsAreComparedByAPartOfTheirShingles() throws IOException {
        long seed = 9;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String words = IntStream.range(0, 40_000)
                .mapToObj(i -> Integer.toString(random.nextInt(100_000), 36))
                .reduce(new StringBuilder(), (text, word) -> text.append(word).append(' '), StringBuilder::append)
                .toString();
        String other = words.substring(0, words.length() * 9 / 10);
        PlantedRows rows = new PlantedRows()
                .prompt("train", words, "a")
                .prompt("train", other, "a")
                .prompt("train", words.substring(0, words.length() / 2), "a");

        section(rows);

        assertThat(rows.found(FoundKind.NEAR_DUPLICATE)).containsExactly("train 2");
        assertThat(rows.foundRows(FoundKind.NEAR_DUPLICATE).getFirst().getValue())
                .isCloseTo(jaccard(pieces(words.strip()), pieces(other.strip())), Offset.offset(0.01));
    }
}
