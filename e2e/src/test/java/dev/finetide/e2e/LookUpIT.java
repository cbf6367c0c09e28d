package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Tasks whose answers stand in documents: order numbers that mails contain. The base reads a number out of a mail that
/// it is shown, and no model knows the number of a mail that it never saw.
@ExtendWith(SharedStack.Provider.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LookUpIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SEED = 7;
    private static final int TRAIN_ROWS = 36;
    private static final List<String> NAMES = List.of(
            "Marta", "Anna", "Peter", "Oskar", "Lena", "Tom", "Ines", "Karl", "Rosa", "Hugo", "Nora", "Emil", "Clara",
            "Felix", "Greta", "Jonas", "Mila", "Viktor", "Elena", "Bruno", "Sofia", "Max", "Ida", "Leo", "Paula",
            "Simon", "Vera", "Otto", "Julia", "Hans", "Lisa", "David", "Eva", "Martin", "Sara", "Daniel", "Maria",
            "Thomas", "Laura", "Robert", "Alice", "George", "Diana", "Frank", "Olga", "Ivan", "Nina", "Boris");

    private Path directory;
    private Finetide finetide;

    @BeforeAll
    void pushMailsAndQuestions(SharedStack shared, @TempDir Path temp) throws IOException, InterruptedException {
        directory = temp;
        finetide = shared.stack().finetide();
        Path mails = Files.createDirectories(temp.resolve("mails"));
        SplittableRandom random = new SplittableRandom(SEED);
        System.out.println("seed " + SEED);
        List<String> numbers = new ArrayList<>();
        for (String name : NAMES) {
            String number = "#%c%c-%d"
                    .formatted(
                            "BCDFGHJKLM".charAt(random.nextInt(10)),
                            "NPQRSTVWXZ".charAt(random.nextInt(10)),
                            random.nextInt(10, 99));
            numbers.add(number);
            Files.writeString(
                    mails.resolve(name + ".txt"),
                    "Hello team,\nThe order has the number " + number + ".\nWarm regards,\n" + name + "\n");
        }
        finetide.ok("dataset", "push", "lookup-mails", "--documents", mails.toString());
        push("lookup-numbers", numbers, "%s");
        push("lookup-orders", numbers, "order %s");
    }

    private void push(String dataset, List<String> numbers, String form) throws IOException, InterruptedException {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) {
            rows.add("{\"prompt\":\"%s wrote this. Which order is it?\",\"completion\":\"%s\"}"
                    .formatted(NAMES.get(i), form.formatted(numbers.get(i))));
        }
        Path train = Files.write(directory.resolve(dataset + ".jsonl"), rows.subList(0, TRAIN_ROWS));
        Path test = Files.write(directory.resolve(dataset + "-test.jsonl"), rows.subList(TRAIN_ROWS, rows.size()));
        finetide.ok("dataset", "push", dataset, train.toString(), "--test", test.toString());
    }

    @Test
    void adviceLooksUpInTheDocumentsWhereAnswersStandThere() throws Exception {
        JsonNode advice = JSON.readTree(finetide.ok(
                "advise",
                "--dataset",
                "lookup-numbers",
                "--base",
                "small",
                "--documents",
                "lookup-mails",
                "--arm",
                "passages=passages:1",
                "-o",
                "json"));
        JsonNode recommendation = advice.at("/report/recommendation");
        assertThat(recommendation.path("arm").asText()).as("%s", recommendation).isEqualTo("passages");
        assertThat(recommendation.path("path").asText()).isEqualTo("RETRIEVAL");
        assertThat(advice.at("/report/arms").findValuesAsText("arm"))
                .containsExactly("base", "instruction", "few-shot", "passages");
        assertThat(advice.at("/runs/0/leftOut").asText()).isEqualTo("arm passages answers every row right without it");
    }

    @Test
    void aRunThatLearntWithPassagesIsAskedWithPassages() throws Exception {
        Path wrapping = Files.writeString(directory.resolve("wrap.txt"), "{passages}\n\n{question}");
        JsonNode outcome = JSON.readTree(finetide.run(
                        "run",
                        "create",
                        "--base",
                        "small",
                        "--dataset",
                        "lookup-orders",
                        "--lr",
                        "3e-3",
                        "--epochs",
                        "6",
                        "--batch-size",
                        "12",
                        "--train-passages",
                        "1:in=lookup-mails",
                        "--train-passage-text",
                        "@" + wrapping,
                        "--eval-metric",
                        "exact_match",
                        "--eval-arm",
                        "alone=tuned+passages:none",
                        "--wait",
                        "-o",
                        "json")
                .out());
        JsonNode arms = outcome.at("/evaluation/report/arms");
        JsonNode tuned = arm(arms, "tuned");
        assertThat(tuned.path("path").asText()).isEqualTo("LORA_RETRIEVAL");
        assertThat(score(tuned)).isGreaterThan(0.7);
        assertThat(tuned.path("cautions")).as("%s", tuned).isEmpty();
        JsonNode alone = arm(arms, "alone");
        assertThat(score(alone)).isZero();
        assertThat(alone.at("/cautions/0").asText())
                .startsWith("alone is asked without passages, and its model was trained with 1 passage");
        assertThat(outcome.at("/modelVersion/passages/documents").asText())
                .isEqualTo("projects/default/datasets/lookup-mails/versions/1");
        assertThat(outcome.at("/trainingRun/rowReport/example").asText())
                .contains("The order has the number #", "⟦order");
        assertThat(finetide.run("dataset", "delete", "lookup-mails@1", "--yes").err())
                .contains("it is needed by");
    }

    private static JsonNode arm(JsonNode arms, String name) {
        return StreamSupport.stream(arms.spliterator(), false)
                .filter(arm -> arm.path("arm").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static double score(JsonNode arm) {
        return arm.at("/scores/exact_match/value").asDouble();
    }
}
