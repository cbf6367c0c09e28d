package dev.finetide.cli.eval.export;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// The forms of an exported file.
enum ExportFormat {
    CSV,
    JSONL,
    PARQUET;

    /// Returns the format that is asked for, or else the one that the file's ending tells.
    ///
    /// @param asked name of a format; empty for none
    /// @throws CommandFailedException USAGE if neither tells one
    static ExportFormat of(String asked, Path file) {
        String name = asked.isEmpty() ? ending(file) : asked.toLowerCase(Locale.ROOT);
        return Stream.of(values())
                .filter(format -> format.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandFailedException(
                        ExitCode.USAGE,
                        asked.isEmpty()
                                ? file + ": the ending tells the format, expected .csv, .jsonl or .parquet"
                                : "--format: expected csv, jsonl or parquet, got " + asked));
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /// Begins a file.
    ///
    /// @param example a record whose fields have the names and kinds of all records
    /// @param metrics metrics whose scores become columns
    RecordFile open(OutputStream out, ExportedRecord example, List<String> metrics) throws IOException {
        return switch (this) {
            case CSV -> new CsvFile(out, example, metrics);
            case JSONL -> new JsonlFile(out);
            case PARQUET -> new ParquetFile(out, example, metrics);
        };
    }
}
