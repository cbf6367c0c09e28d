package dev.finetide.cli.eval;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.finetide.cli.CommandFailedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/// A file of answers that were collected before: JSON Lines of `{"row": 12, "answer": "..."}`. Rows are
/// counted from 1, as `eval compare` and `eval show --row` count them.
///
/// @param answers answers by row
record FrozenFile(TreeMap<Long, String> answers) {
    private static final String ROW = "row";
    private static final String ANSWER = "answer";

    /// Reads and checks a file.
    ///
    /// @param rows number of rows of the split
    /// @param needed number of first rows that must have an answer
    /// @throws CommandFailedException REFUSED naming the line that is no answer, or the first row
    ///     without one
    static FrozenFile read(Path file, long rows, long needed) throws IOException {
        TreeMap<Long, String> answers = new TreeMap<>();
        TreeMap<Long, Integer> lines = new TreeMap<>();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                String place = file + " line " + number + ": ";
                JsonObject object = object(line, place);
                long row = row(object, rows, place);
                if (lines.putIfAbsent(row, number) != null) {
                    throw CommandFailedException.refused(
                            place + "row " + row + " has an answer in line " + lines.get(row) + " already");
                }
                answers.put(row, object.get(ANSWER).getAsString());
            }
        }
        requireFirst(needed, answers, file);
        return new FrozenFile(answers);
    }

    private static void requireFirst(long needed, Map<Long, String> answers, Path file) {
        long[] missing = LongStream.rangeClosed(1, needed)
                .filter(row -> !answers.containsKey(row))
                .toArray();
        if (missing.length > 0) {
            throw CommandFailedException.refused(file + ": " + missing.length + " of " + needed
                    + " rows have no answer, the first of them is row " + missing[0]);
        }
    }

    private static JsonObject object(String line, String place) {
        try {
            JsonElement element = JsonParser.parseString(line);
            if (element.isJsonObject()
                    && element.getAsJsonObject().keySet().equals(Set.of(ROW, ANSWER))
                    && isText(element.getAsJsonObject().get(ANSWER))) {
                return element.getAsJsonObject();
            }
        } catch (JsonParseException noJson) {
            throw CommandFailedException.refused(place + "expected {\"row\": N, \"answer\": \"...\"}, got no JSON");
        }
        throw CommandFailedException.refused(
                place + "expected {\"row\": N, \"answer\": \"...\"} with nothing else, got another value");
    }

    private static boolean isText(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    }

    private static long row(JsonObject object, long rows, String place) {
        String number = object.get(ROW).toString();
        if (!number.matches("[1-9]\\d{0,8}") || Long.parseLong(number) > rows) {
            throw CommandFailedException.refused(place + "expected a row from 1 to " + rows + ", got "
                    + (number.length() > 20 ? "another value" : number));
        }
        return Long.parseLong(number);
    }

    /// Writes the answers as rows of a dataset: the number of the asked row as the prompt, the answer as
    /// the completion.
    void writeRows(Path target) throws IOException {
        try (Writer writer = Files.newBufferedWriter(target)) {
            for (Map.Entry<Long, String> answer : answers.entrySet()) {
                JsonObject row = new JsonObject();
                row.addProperty("prompt", Long.toString(answer.getKey()));
                row.addProperty("completion", answer.getValue());
                writer.write(row + "\n");
            }
        }
    }
}
