package dev.finetide.worker.evaluate;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.metrics.Task;
import dev.finetide.sft.text.RowTexts;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Writes the instruction that a task itself suggests, for models that were not trained on it.
final class TaskInstruction {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_KEYS = 50;

    private TaskInstruction() {}

    /// Writes an instruction.
    ///
    /// @param labels labels of a classification
    /// @param answers answers of the train rows
    static String of(Task task, List<String> labels, List<String> answers) {
        return switch (task) {
            case CLASSIFICATION -> oneOf(labels);
            case NUMBER -> number(answers);
            case JSON_EXTRACTION -> json(answers);
            case SHORT_ANSWER -> "Answer with a few words, without an explanation.";
            case SUMMARY -> "Summarise the text in about " + usualWords(answers) + " words.";
            // No row can take it: Preface refuses an instruction before a row that has no question.
            case TEXT -> "Go on with the text.";
            case FUNCTION_CALLS ->
                "Call the tools that the question needs, and answer with a text where it needs none.";
            case FREE_TEXT -> "Answer in about " + usualWords(answers) + " words.";
        };
    }

    private static String oneOf(List<String> labels) {
        boolean lines = labels.stream().anyMatch(label -> label.contains(",") || label.contains("\n"));
        return lines
                ? "Answer with one of:\n- " + String.join("\n- ", labels)
                : "Answer with one of: " + String.join(", ", labels);
    }

    private static String number(List<String> answers) {
        if (most(answers, "####")) {
            return "Work out the answer step by step, and end with #### and the number.";
        }
        return most(answers, "\\boxed{")
                ? "Work out the answer step by step, and end with the number in \\boxed{}."
                : "Answer with the number alone.";
    }

    private static boolean most(List<String> answers, String mark) {
        return answers.stream().filter(answer -> answer.contains(mark)).count() * 2 > answers.size();
    }

    private static String json(List<String> answers) {
        Map<String, Set<String>> keys = new LinkedHashMap<>();
        long arrays = 0;
        for (String answer : answers) {
            JsonNode node = read(answer);
            arrays += node.isArray() ? 1 : 0;
            (node.isArray() ? node.path(0) : node)
                    .properties()
                    .forEach(field -> field.getValue()
                            .fieldNames()
                            .forEachRemaining(keys.computeIfAbsent(field.getKey(), key -> new LinkedHashSet<>())::add));
        }
        boolean named = !keys.isEmpty() && keys.size() <= MOST_KEYS;
        String fields = keys.entrySet().stream()
                .map(key -> key.getKey() + inner(key.getValue()))
                .collect(Collectors.joining(", "));
        String form = arrays * 2 > answers.size()
                ? "a JSON array" + (named ? " of objects with the keys " + fields : "")
                : "one JSON object" + (named ? " with the keys " + fields : "");
        return "Answer with " + form + ", and with nothing else.";
    }

    private static String inner(Set<String> keys) {
        return keys.isEmpty() || keys.size() > MOST_KEYS
                ? ""
                : " (an object with some of " + String.join(", ", keys) + ")";
    }

    private static JsonNode read(String answer) {
        try {
            JsonNode node = JSON.readTree(answer);
            return node == null ? JSON.missingNode() : node;
        } catch (JacksonException other) {
            return JSON.missingNode();
        }
    }

    /// Returns the median number of words, rounded to tens from 10 on.
    private static int usualWords(List<String> answers) {
        int[] words = answers.stream()
                .mapToInt(answer -> RowTexts.normalised(answer).split(" ").length)
                .sorted()
                .toArray();
        int median = words.length == 0 ? 1 : words[words.length / 2];
        return median < 10 ? median : Math.round(median / 10f) * 10;
    }
}
