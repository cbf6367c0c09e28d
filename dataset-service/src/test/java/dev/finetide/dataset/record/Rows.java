package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.shape.ReadRow;
import dev.finetide.dataset.shape.RowReading;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Reads whole files for tests.
public final class Rows {
    private Rows() {}

    /// Result of reading one record: a row, or the reason why there is none.
    public sealed interface Outcome {
        long line();

        long record();
    }

    public record Accepted(long line, long record, ReadRow read) implements Outcome {
        public CanonicalRow row() {
            return read.row();
        }
    }

    public record Refused(long line, long record, RowFault fault, String raw) implements Outcome {}

    public static List<Outcome> jsonl(byte[] file) {
        return read("rows.jsonl", file, ReadOptions.getDefaultInstance());
    }

    public static List<Outcome> jsonl(String... lines) {
        return jsonl(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }

    public static List<Outcome> csv(String file, String prompt, String completion) {
        return csv(file.getBytes(StandardCharsets.UTF_8), prompt, completion);
    }

    public static List<Outcome> csv(byte[] file, String prompt, String completion) {
        return read(
                "train.csv",
                file,
                ReadOptions.newBuilder()
                        .setContainer("csv")
                        .setPromptTemplate(prompt)
                        .setCompletionTemplate(completion)
                        .build());
    }

    /// Reads a file of the test's resources.
    public static List<Outcome> resource(String name, ReadOptions options) {
        return read(name, resource(name), options);
    }

    public static byte[] resource(String name) {
        try (InputStream in = Rows.class.getResourceAsStream("/records/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public static List<Outcome> read(String path, String file) {
        return read(path, file.getBytes(StandardCharsets.UTF_8), ReadOptions.getDefaultInstance());
    }

    public static List<Outcome> read(String path, byte[] file, ReadOptions options) {
        return read(path, () -> new ByteArrayInputStream(file), options, SplitRules.getDefaultInstance());
    }

    public static List<Outcome> read(String path, Supplier<InputStream> file, ReadOptions options, SplitRules splits) {
        List<Outcome> outcomes = new ArrayList<>();
        RowReading reading = new RowReading(options, splits);
        try (Records records = open(path, file, options)) {
            for (Optional<Cut> next = records.next(); next.isPresent(); next = records.next()) {
                outcomes.add(outcome(next.get(), reading));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return outcomes;
    }

    /// Returns the records of a file before a shape reads them.
    static List<JsonNode> records(String path, byte[] file) {
        List<JsonNode> all = new ArrayList<>();
        try (Records records = open(path, () -> new ByteArrayInputStream(file), ReadOptions.getDefaultInstance())) {
            for (Optional<Cut> next = records.next(); next.isPresent(); next = records.next()) {
                switch (next.get()) {
                    case CutRecord record -> all.add(record.body().json());
                    case CutFault fault -> throw new AssertionError(fault.fault());
                }
            }
        } catch (IOException | RowFault e) {
            throw new AssertionError(e);
        }
        return all;
    }

    static Records open(String path, Supplier<InputStream> file, ReadOptions options) throws IOException {
        RecordFile recordFile = new RecordFile() {
            @Override
            public String path() {
                return path;
            }

            @Override
            public InputStream open() {
                return file.get();
            }

            @Override
            public long sizeBytes() {
                return -1;
            }
        };
        return Records.open(recordFile, options, Files.createDirectories(Path.of("target", "scratch")));
    }

    private static Outcome outcome(Cut cut, RowReading reading) {
        return switch (cut) {
            case CutFault fault ->
                new Refused(
                        fault.line(), fault.record(), fault.fault(), fault.raw().orElse(""));
            case CutRecord record -> {
                try {
                    yield new Accepted(
                            record.line(),
                            record.record(),
                            reading.read(record.body().json()));
                } catch (RowFault fault) {
                    yield new Refused(
                            record.line(), record.record(), fault, record.body().raw());
                }
            }
        };
    }

    /// Returns the only row of a line.
    public static CanonicalRow row(String line) {
        return row(jsonl(line).getFirst());
    }

    public static CanonicalRow row(Outcome outcome) {
        return switch (outcome) {
            case Accepted accepted -> accepted.row();
            case Refused refused -> throw new AssertionError(refused.fault().getMessage());
        };
    }

    /// Returns the canonical JSON of the only row of a line.
    public static String canonical(String line) {
        return new String(row(line).json(), StandardCharsets.UTF_8);
    }

    /// Returns the reason why a line is refused.
    public static String reason(String line) {
        return reason(jsonl(line).getFirst());
    }

    public static String reason(Outcome outcome) {
        return fault(outcome).getMessage();
    }

    public static RowFault fault(Outcome outcome) {
        return switch (outcome) {
            case Accepted accepted -> throw new AssertionError("accepted");
            case Refused refused -> refused.fault();
        };
    }

    public static String json(Outcome outcome) {
        return new String(row(outcome).json(), StandardCharsets.UTF_8);
    }

    /// Returns the canonical JSON of every row of a file.
    public static List<String> jsons(List<Outcome> outcomes) {
        return outcomes.stream().map(Rows::json).toList();
    }
}
