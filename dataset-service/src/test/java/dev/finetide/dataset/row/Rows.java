package dev.finetide.dataset.row;

import dev.finetide.proto.dataset.v1.CsvSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads whole files for tests.
final class Rows {
    private Rows() {}

    static List<RowReader.Outcome> jsonl(byte[] file) {
        return all(new JsonlRows(new ByteArrayInputStream(file)));
    }

    static List<RowReader.Outcome> jsonl(String... lines) {
        return jsonl(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }

    static List<RowReader.Outcome> csv(String file, String prompt, String completion) {
        return csv(file.getBytes(StandardCharsets.UTF_8), prompt, completion);
    }

    static List<RowReader.Outcome> csv(byte[] file, String prompt, String completion) {
        CsvSource source = CsvSource.newBuilder()
                .setPromptTemplate(prompt)
                .setCompletionTemplate(completion)
                .build();
        try {
            return all(new CsvRows(new ByteArrayInputStream(file), "train", source));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Returns the only row of a line.
    static CanonicalRow row(String line) {
        return switch (jsonl(line).getFirst()) {
            case RowReader.Accepted(long number, CanonicalRow row) -> row;
            case RowReader.Refused(long number, String reason) -> throw new AssertionError(reason);
        };
    }

    /// Returns the canonical JSON of the only row of a line.
    static String canonical(String line) {
        return new String(row(line).json(), StandardCharsets.UTF_8);
    }

    /// Returns the reason why a line is refused.
    static String reason(String line) {
        return reason(jsonl(line).getFirst());
    }

    static String reason(RowReader.Outcome outcome) {
        return switch (outcome) {
            case RowReader.Accepted accepted -> throw new AssertionError("accepted");
            case RowReader.Refused(long number, String reason) -> reason;
        };
    }

    static String json(RowReader.Outcome outcome) {
        return switch (outcome) {
            case RowReader.Accepted(long number, CanonicalRow row) -> new String(row.json(), StandardCharsets.UTF_8);
            case RowReader.Refused(long number, String reason) -> throw new AssertionError(reason);
        };
    }

    private static List<RowReader.Outcome> all(RowReader reader) {
        List<RowReader.Outcome> outcomes = new ArrayList<>();
        try {
            for (Optional<RowReader.Outcome> next = reader.next(); next.isPresent(); next = reader.next()) {
                outcomes.add(next.get());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return outcomes;
    }
}
