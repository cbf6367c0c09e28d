package dev.finetide.suitability.near;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearTextsTest {
    private static final byte[] NONE = {};

    @TempDir
    Path scratch;

    private List<Integer> firsts(List<String> texts, double threshold) throws IOException {
        List<Integer> firsts = new ArrayList<>();
        try (NearTexts near = new NearTexts(threshold, (split, row, other, otherRow) -> row < otherRow, scratch)) {
            for (String text : texts) {
                near.add(text, NONE, 0);
            }
            near.group();
            for (int i = 0; i < texts.size(); i++) {
                if (near.isFirst(i)) {
                    firsts.add(i);
                }
            }
        }
        return firsts;
    }

    @Test
    void jaccardIsThatOfSetsOfFiveCharacters() {
        // "abcdef" has abcde and bcdef, "abcdeg" has abcde and bcdeg.
        assertThat(Shingles.jaccard(Shingles.of("abcdef"), Shingles.of("abcdeg")))
                .isEqualTo(1.0 / 3);
        assertThat(Shingles.jaccard(Shingles.of("abc"), Shingles.of("abc"))).isEqualTo(1);
        assertThat(Shingles.of("aaaaaaaaaa").size()).isEqualTo(1);
        assertThat(Shingles.normalised("  A\tb\n\n C ")).isEqualTo("a b c");
    }

    @ParameterizedTest
    @CsvSource({"0.5", "0.7", "0.8", "0.9", "0.95"})
    void textsAtTheThresholdBecomeCandidates(double threshold) {
        MinHash minHash = new MinHash(threshold);

        assertThat(MinHash.recall(threshold, minHash.rows())).isGreaterThan(0.995);
        assertThat(minHash.bands() * minHash.rows()).isLessThanOrEqualTo(MinHash.PERMUTATIONS);
    }

    @Test
    void manyEqualTextsAreOneGroup() throws IOException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            texts.add(i % 2 == 0 ? "The same text again and again" : "the  SAME text again and again ");
        }
        texts.add("Something that is quite different");

        assertThat(firsts(texts, 0.8)).containsExactly(0, 20_000);
    }

    /// The numbers come from all pairs, compared by an independent program in Python: see
    /// near_duplicates.py.
    @ParameterizedTest
    @CsvSource({"0.9, 9979:49896381", "0.8, 9875:49334426", "0.6, 8803:43651063"})
    void groupsOfRealQuestionsAreThoseOfAllPairs(double threshold, String expected) throws IOException {
        Path file =
                Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("data/banking77/train.csv");
        if (!Files.isRegularFile(file)) {
            System.out.println("skipped: " + file + " is not there");
            Assumptions.abort("no shared/data/banking77");
        }
        List<Integer> firsts = firsts(questions(file), threshold);

        assertThat(firsts.size() + ":" + firsts.stream().mapToLong(i -> i).sum())
                .isEqualTo(expected);
    }

    /// Reads the first column of a CSV file.
    private static List<String> questions(Path file) throws IOException {
        List<String> texts = new ArrayList<>();
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            StringBuilder record = new StringBuilder();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                record.append(record.isEmpty() ? "" : "\n").append(line);
                if (record.chars().filter(c -> c == '"').count() % 2 == 0) {
                    String text = record.toString();
                    int end = text.lastIndexOf(',');
                    String field = text.substring(0, end);
                    texts.add(
                            field.startsWith("\"")
                                    ? field.substring(1, field.length() - 1).replace("\"\"", "\"")
                                    : field);
                    record.setLength(0);
                }
            }
        }
        return texts.subList(1, texts.size());
    }
}
