package dev.finetide.cli.dataset.push;

import dev.finetide.cli.CommandFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The data files below a directory, such as one that `save_to_disk` of Hugging Face datasets wrote.
///
/// @param files   data files, sorted by their paths
/// @param skipped names of files that hold no rows by their names, and of hidden ones
record DataFolder(List<Path> files, List<String> skipped) {
    private static final Pattern DATA =
            Pattern.compile(".+\\.(?:jsonl|ndjson|json|csv|tsv|parquet|arrow)(?:\\.(?:gz|gzip|zst|zstd))?");

    /// Files of Hugging Face datasets that describe the rows, and results that it keeps to save time.
    private static final Pattern NO_ROWS = Pattern.compile(
            "dataset_info\\.json|dataset_infos\\.json|dataset_dict\\.json|state\\.json|cache-[0-9a-f]+\\.arrow");

    DataFolder {
        files = List.copyOf(files);
        skipped = List.copyOf(skipped);
    }

    /// @throws CommandFailedException REFUSED if no data file is there
    static DataFolder read(Path folder) throws IOException {
        Map<Boolean, List<Path>> byRows;
        try (Stream<Path> all = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            byRows = all.filter(Files::isRegularFile)
                    .sorted()
                    .collect(Collectors.partitioningBy(file -> holdsRows(folder.relativize(file))));
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        }
        List<Path> files = byRows.get(true);
        if (files.isEmpty()) {
            throw CommandFailedException.refused(folder
                    + ": no file below this directory is named like data (.jsonl, .json, .csv, .tsv, .parquet or"
                    + " .arrow, also with .gz or .zst)");
        }
        return new DataFolder(
                files,
                byRows.get(false).stream()
                        .map(file -> folder.relativize(file).toString())
                        .toList());
    }

    private static boolean holdsRows(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".")) {
                return false;
            }
        }
        String name = relative.getFileName().toString().toLowerCase(Locale.ROOT);
        return DATA.matcher(name).matches() && !NO_ROWS.matcher(name).matches();
    }
}
