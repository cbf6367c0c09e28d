package dev.finetide.suitability.relation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.proto.dataset.v1.Baseline;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.PlantedRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelationTest {
    private static final String[] ANIMALS = {
        "otter", "badger", "heron", "salmon", "walrus", "falcon", "lizard", "beetle"
    };

    @TempDir
    Path scratch;

    private final Random random = new Random(27);

    private SuitabilityReport.Builder measure(PlantedRows rows) throws IOException {
        return rows.measure(new Relation(new TrainRows(scratch))).toBuilder();
    }

    private static Map<String, Baseline> baselines(SuitabilityReport.Builder report) {
        return report.getRelation().getBaselinesList().stream()
                .collect(Collectors.toMap(Baseline::getName, baseline -> baseline));
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < 7; i++) {
            name.append((char) ('a' + random.nextInt(26)));
        }
        return name.toString();
    }

    @Test
    void labelsOfWordsAreAFunctionOfTheQuestion() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 240; i++) {
            rows.prompt(
                    "train",
                    "%s saw the %s near %s".formatted(name(), ANIMALS[i % 8], name()),
                    i % 4 == 0 ? "yes" : i % 4 == 1 ? "no" : "unclear");
        }
        SuitabilityReport.Builder report = measure(rows);
        var relation = report.getRelation();
        assertThat(relation.getMetric()).isEqualTo("accuracy");
        assertThat(relation.getAnswerEntropy()).isCloseTo(1.5, within(1e-9));
        assertThat(relation.hasConditionalEntropy()).isFalse();
        assertThat(baselines(report).get(Baselines.MOST_FREQUENT).getValue()).isCloseTo(0.5, within(1e-9));
        assertThat(baselines(report).get(Baselines.LINEAR).getValue()).isGreaterThan(0.95);
        assertThat(baselines(report).get(Baselines.NEAREST).getValue()).isGreaterThan(0.9);
        assertThat(baselines(report).get(Baselines.LINEAR).getLow()).isBetween(0.9, 1.0);
        assertThat(relation.getInputOutputCorrelation()).isGreaterThan(0.4);
    }

    @Test
    void answersAtRandomAreNoFunctionOfTheQuestion() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 400; i++) {
            rows.prompt(
                    "train", "question about " + ANIMALS[i % 8] + " " + i % 40, random.nextBoolean() ? "yes" : "no");
        }
        SuitabilityReport.Builder report = measure(rows);
        assertThat(report.getRelation().getConditionalEntropy()).isGreaterThan(0.6);
        assertThat(baselines(report).get(Baselines.LINEAR).getLow())
                .isLessThan(baselines(report).get(Baselines.MOST_FREQUENT).getHigh());
        assertThat(report.getRelation().getInputOutputCorrelation()).isBetween(-0.2, 0.2);
    }

    @Test
    void extractionLookUpAndGenerationAreToldApart() throws IOException {
        PlantedRows extraction = new PlantedRows();
        PlantedRows lookUp = new PlantedRows();
        PlantedRows generation = new PlantedRows();
        for (int i = 0; i < 80; i++) {
            String person = name() + " " + name();
            extraction.prompt(
                    "train", "The treasurer of %s is %s. Who is the treasurer?".formatted(name(), person), person);
            lookUp.prompt("train", "Who founded the town of %s?".formatted(name()), person);
            lookUp.prompt(
                    "train",
                    "Tell me about the town with the %s, founded by %s, in a line".formatted(name(), person),
                    name() + " " + name());
            generation.prompt("train", "Who founded the town of %s?".formatted(name()), person);
        }
        var inQuestion = measure(extraction).getRelation();
        assertThat(inQuestion.getInQuestion().getRows()).isEqualTo(80);
        assertThat(inQuestion.getCopiedWords()).isEqualTo(1.0);
        var inOthers = measure(lookUp).getRelation();
        assertThat(inOthers.getInOtherRows().getRows()).isEqualTo(80);
        assertThat(inOthers.getNowhere().getRows()).isEqualTo(80);
        assertThat(measure(generation).getRelation().getNowhere().getRows()).isEqualTo(80);
    }

    @Test
    void answersThatAreFormedOfTheQuestionAreFoundInIt() throws IOException {
        PlantedRows plurals = new PlantedRows();
        PlantedRows halves = new PlantedRows();
        for (int i = 0; i < 80; i++) {
            String animal = name();
            plurals.prompt("train", "What are many of the " + animal + " called?", animal + "s");
            halves.prompt("train", "Who leads the " + animal + " club?", animal.substring(0, 3) + name());
        }
        assertThat(measure(plurals).getRelation().getInQuestion().getRows()).isEqualTo(80);
        assertThat(measure(halves).getRelation().getNowhere().getRows()).isEqualTo(80);
    }

    /// Each question stands there again with one word more; a floor by such neighbours would lie.
    @Test
    void nearDuplicatesAreNotAskedOfTheirTwins() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 150; i++) {
            String question = "please say which class the customer %s of %s street in %s belongs to today"
                    .formatted(name() + name(), name() + name(), name() + name());
            String label = "class " + random.nextInt(3);
            rows.prompt("train", question, label).prompt("train", question + " ok", label);
        }
        SuitabilityReport.Builder report = measure(rows);
        assertThat(baselines(report).get(Baselines.NEAREST).getValue()).isLessThan(0.5);
    }

    @Test
    void aHeldOutSplitIsAskedWithoutWhatLeaks() throws IOException {
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 200; i++) {
            rows.prompt(
                    "train",
                    "%s saw the %s near %s".formatted(name(), ANIMALS[i % 8], name()),
                    i % 8 < 4 ? "mammal" : "other");
        }
        for (int i = 0; i < 40; i++) {
            rows.prompt(
                    "test",
                    "%s met a %s in %s".formatted(name(), ANIMALS[i % 8], name()),
                    i % 8 < 4 ? "mammal" : "other");
        }
        SuitabilityReport.Builder report = measure(rows);
        assertThat(baselines(report).get(Baselines.LINEAR).getRows()).isEqualTo(40);
        assertThat(baselines(report).get(Baselines.LINEAR).getValue()).isGreaterThan(0.9);
    }

    @Test
    void badRowsGiveReasonsAndNeverNotANumber() throws IOException {
        assertAllNumbers(measure(new PlantedRows().prompt("train", "one", "row")));
        PlantedRows equal = new PlantedRows();
        PlantedRows oneAnswer = new PlantedRows();
        PlantedRows japanese = new PlantedRows();
        PlantedRows binary = new PlantedRows();
        for (int i = 0; i < 60; i++) {
            equal.prompt("train", "the same question", "the same answer");
            oneAnswer.prompt("train", "question " + name() + " " + i, "always this");
            japanese.prompt("train", "返金は" + i + "日で届きますか、" + name() + "の注文です", i % 2 == 0 ? "はい" : "いいえ");
            byte[] bytes = new byte[3_000];
            random.nextBytes(bytes);
            binary.prompt(
                    "train",
                    java.util.Base64.getEncoder().encodeToString(bytes),
                    java.util.Base64.getEncoder().encodeToString(bytes));
        }
        SuitabilityReport.Builder report = measure(equal);
        assertAllNumbers(report);
        assertThat(report.getRelation().getBaselinesCount()).isZero();
        assertThat(report.getUnmeasuredList()).extracting("what").contains("baselines");
        assertAllNumbers(measure(oneAnswer));
        assertAllNumbers(measure(japanese));
        assertAllNumbers(measure(binary));
    }

    @Test
    void rowsOfEightMebibytesAreCut() throws IOException {
        PlantedRows rows = new PlantedRows();
        String large = "word ".repeat(8 << 18);
        for (int i = 0; i < 3; i++) {
            rows.prompt("train", i + large, large);
        }
        assertAllNumbers(measure(rows));
    }

    private static void assertAllNumbers(SuitabilityReport.Builder report) {
        assertThat(report.build().toString()).doesNotContain("nan").doesNotContain("inf");
    }

    @Test
    void equalRanksShareTheirMean() {
        assertThat(RankCorrelation.of(new double[] {1, 2, 2, 3}, new double[] {1, 2, 3, 4})
                        .getAsDouble())
                .isCloseTo(0.9486832980505138, within(1e-12));
        assertThat(RankCorrelation.of(new double[] {1, 1}, new double[] {1, 2})).isEmpty();
    }
}
