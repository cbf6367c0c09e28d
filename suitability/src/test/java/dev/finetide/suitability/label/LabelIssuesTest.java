package dev.finetide.suitability.label;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.PlantedRows;
import dev.finetide.suitability.relation.TrainRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelIssuesTest {
    private static final Path BANKING77 =
            Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("data/banking77");

    @TempDir
    Path scratch;

    private SuitabilityReport.Builder measure(PlantedRows rows) throws IOException {
        return rows.measure(new LabelIssues(new TrainRows(scratch))).toBuilder();
    }

    @Test
    void wrongLabelsAreFoundAndRanked() throws IOException {
        Random random = new Random(27);
        String[] topics = {"parcel delivery courier", "invoice payment money", "login password account"};
        PlantedRows rows = new PlantedRows();
        Set<Long> flipped = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            int topic = i % 3;
            String[] words = topics[topic].split(" ");
            boolean flips = i % 25 == 7;
            if (flips) {
                flipped.add(i + 1L);
            }
            rows.prompt(
                    "train",
                    "row %d about %s and %s w%d"
                            .formatted(i, words[random.nextInt(3)], words[random.nextInt(3)], random.nextInt(90)),
                    "topic " + (flips ? (topic + 1) % 3 : topic));
        }
        var section = measure(rows).getLabelIssues();
        assertThat(rows.foundRows(FoundKind.LABEL_ISSUE))
                .extracting(RowFound::getNumber)
                .containsAll(flipped)
                .hasSizeLessThan(20);
        assertThat(rows.foundRows(FoundKind.LABEL_ISSUE))
                .extracting(RowFound::getValue)
                .isSorted();
        assertThat(rows.foundRows(FoundKind.LABEL_ISSUE).getFirst().getSuggestion())
                .startsWith("topic ");
        assertThat(section.getSuspected().getRows())
                .isEqualTo(rows.foundRows(FoundKind.LABEL_ISSUE).size());
        assertThat(section.getNoiseRate()).isBetween(0.02, 0.08);
        assertThat(section.getPairsList()).hasSizeLessThanOrEqualTo(6).isNotEmpty();
    }

    @Test
    void labelsThatWordsDoNotTellAreNotDoubted() throws IOException {
        Random random = new Random(27);
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 200; i++) {
            rows.prompt(
                    "train",
                    "word" + random.nextInt(50) + " word" + random.nextInt(50),
                    random.nextBoolean() ? "one" : "two");
        }
        SuitabilityReport.Builder report = measure(rows);
        assertThat(report.hasLabelIssues()).isFalse();
        assertThat(report.getUnmeasured(0).getWhy()).contains("it knows too little to doubt labels");
    }

    @Test
    void fewRowsAndOneLabelAreNotMeasured() throws IOException {
        PlantedRows one = new PlantedRows().prompt("train", "a", "x");
        assertThat(measure(one).getUnmeasuredCount()).isEqualTo(1);
        PlantedRows equal = new PlantedRows();
        for (int i = 0; i < 100; i++) {
            equal.prompt("train", "question " + i, "same");
        }
        assertThat(measure(equal).hasLabelIssues()).isFalse();
        PlantedRows rare = new PlantedRows();
        for (int i = 0; i < 60; i++) {
            rare.prompt(
                    "train", "question about " + (i % 2 == 0 ? "cats" : "dogs") + " " + i, i % 2 == 0 ? "cat" : "dog");
        }
        for (int i = 0; i < 4; i++) {
            rare.prompt("train", "a rare question", "rare");
        }
        SuitabilityReport.Builder report = measure(rare);
        assertThat(report.getLabelIssues().getSuspected().getOf()).isEqualTo(60);
        assertThat(report.getUnmeasured(0).getWhy()).isEqualTo("4 rows have a label with fewer than 5 rows");
    }

    /// One label in 25 of a public dataset is made wrong.
    @Test
    void plantedErrorsInBanking77AreFound() throws IOException {
        if (!Files.isDirectory(BANKING77)) {
            System.out.println("skipped: " + BANKING77 + " is not there");
            Assumptions.abort("no shared/data/banking77");
        }
        Random random = new Random(27);
        List<String[]> read = Banking77.rows(BANKING77.resolve("train.csv"));
        List<String> labels =
                read.stream().map(row -> row[1]).distinct().sorted().toList();
        PlantedRows rows = new PlantedRows();
        Set<Long> flipped = new HashSet<>();
        List<String[]> half = new ArrayList<>();
        for (int i = 0; i < read.size(); i += 2) {
            half.add(read.get(i));
        }
        for (String[] row : half) {
            boolean flips = random.nextInt(25) == 0;
            String label = row[1];
            while (flips && label.equals(row[1])) {
                label = labels.get(random.nextInt(labels.size()));
            }
            rows.prompt("train", row[0], label);
            if (flips) {
                flipped.add(rows.rows("train"));
            }
        }
        long started = System.nanoTime();
        var section = measure(rows).getLabelIssues();
        double seconds = (System.nanoTime() - started) / 1e9;
        long hits = rows.foundRows(FoundKind.LABEL_ISSUE).stream()
                .filter(row -> flipped.contains(row.getNumber()))
                .count();
        long first = rows.foundRows(FoundKind.LABEL_ISSUE).stream()
                .limit(flipped.size())
                .filter(row -> flipped.contains(row.getNumber()))
                .count();
        double recall = (double) hits / flipped.size();
        System.out.printf(
                "banking77, %d rows, %d flipped (seed 27): recall %.3f, precision %.3f, precision of the first %d %.3f,"
                        + " noise rate %.3f, %.1f s%n",
                half.size(),
                flipped.size(),
                recall,
                (double) hits / rows.foundRows(FoundKind.LABEL_ISSUE).size(),
                flipped.size(),
                (double) first / flipped.size(),
                section.getNoiseRate(),
                seconds);
        assertThat(recall).isGreaterThan(0.8);
        assertThat((double) first / flipped.size()).isGreaterThan(0.5);
    }
}
