package dev.finetide.suitability.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.suitability.label.Banking77;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Small parts of public datasets, drawn by a seed.
final class RealTasks {
    private static final int TEST = 80;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path data;

    /// @param data folder with one folder for each dataset
    RealTasks(Path data) {
        this.data = data;
    }

    List<TrialTask> all() throws IOException {
        List<TrialTask> all = new ArrayList<>();
        all.add(banking("banking77, 5 intents", 5, 60));
        all.add(banking("banking77, 20 intents", 20, 30));
        all.add(banking("banking77, 3 rows an intent", 77, 3));
        all.add(lines("snips", 400, Map.of()));
        all.add(lines("svamp", 400, Map.of()));
        all.add(lines("bfcl", 300, Map.of()));
        all.add(lines("xquad-en", 400, documents()));
        all.add(sentences());
        return all;
    }

    private TrialTask banking(String name, int intents, int rowsOfIntent) throws IOException {
        List<String[]> train = drawn(Banking77.rows(data.resolve("banking77/train.csv")));
        List<String> labels = new ArrayList<>(
                train.stream().map(row -> row[1]).distinct().sorted().toList());
        Collections.shuffle(labels, new Random(77));
        List<String> chosen = labels.subList(0, Math.min(intents, labels.size()));
        Map<String, Integer> counts = new HashMap<>();
        List<String> rows = train.stream()
                .filter(row -> chosen.contains(row[1]) && counts.merge(row[1], 1, Integer::sum) <= rowsOfIntent)
                .map(RealTasks::row)
                .toList();
        List<String> test = drawn(Banking77.rows(data.resolve("banking77/test.csv"))).stream()
                .filter(row -> chosen.contains(row[1]))
                .limit(TEST)
                .map(RealTasks::row)
                .toList();
        return new TrialTask(name, rows, test);
    }

    private static String row(String[] row) {
        return TrialTask.row(row[0], row[1].replace('_', ' '));
    }

    private static <T> List<T> drawn(List<T> rows) {
        List<T> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(27));
        return shuffled;
    }

    private TrialTask lines(String name, int rows, Map<String, String> documents) throws IOException {
        return new TrialTask(
                name, rows(name, "train").subList(0, rows), rows(name, "test").subList(0, TEST), documents, "");
    }

    /// Returns rows as conversations, without columns that are no texts.
    private List<String> rows(String name, String split) throws IOException {
        List<String> rows = new ArrayList<>();
        for (String line : drawn(Files.readAllLines(data.resolve(name).resolve(split + ".jsonl")))) {
            JsonNode row = JSON.readTree(line);
            rows.add(
                    row.has("messages")
                            ? line
                            : TrialTask.row(
                                    row.get("prompt").asText(),
                                    row.get("completion").asText()));
        }
        return rows;
    }

    private Map<String, String> documents() throws IOException {
        Map<String, String> documents = new TreeMap<>();
        try (Stream<Path> files = Files.list(data.resolve("xquad-en/documents"))) {
            for (Path file : files.toList()) {
                documents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return documents;
    }

    /// Returns questions with the sentence that has the answer.
    private TrialTask sentences() throws IOException {
        Map<String, String> documents = documents();
        List<List<String>> splits = new ArrayList<>();
        for (String split : List.of("train", "test")) {
            List<String> rows = new ArrayList<>();
            for (String line : drawn(Files.readAllLines(data.resolve("xquad-en").resolve(split + ".jsonl")))) {
                JsonNode row = JSON.readTree(line);
                String answer = row.get("completion").asText();
                Stream.of(documents.get(row.get("document").asText()).split("(?<=\\.)\\s+"))
                        .filter(sentence -> sentence.contains(answer) && sentence.length() < 300)
                        .findFirst()
                        .ifPresent(sentence -> rows.add(TrialTask.row(
                                sentence + "\n" + row.get("prompt").asText(), answer)));
            }
            splits.add(rows);
        }
        return new TrialTask(
                "xquad-en with its sentence",
                splits.get(0).subList(0, Math.min(400, splits.get(0).size())),
                splits.get(1).subList(0, TEST));
    }
}
