package dev.finetide.cli.dataset.push;

import dev.finetide.cli.output.CommandOutput;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// Arguments that say where rows go, where they come from, and which split they are.
final class DataArguments {
    private static final int LONGEST_PATH = 500;
    private static final int NAMED = 3;
    private static final String INPUT = "-";
    private static final String SPLIT_NAME = "[a-z0-9]([a-z0-9_-]*[a-z0-9])?";

    @Parameters(index = "0", paramLabel = "NAME", description = "The dataset; created with its first version.")
    private String dataset;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "FILE",
            description = "Files, directories, https:// and s3:// addresses, or - for standard input. One alone has the"
                    + " train rows; of several, the paths say the splits (test.csv, data/validation-0.parquet).")
    private List<String> files = List.of();

    @Option(names = "--validation", paramLabel = "FILE", description = "Rows of the validation split.")
    private List<String> validation = List.of();

    @Option(names = "--test", paramLabel = "FILE", description = "Held-out rows: the test split.")
    private List<String> test = List.of();

    @Option(
            names = "--split",
            paramLabel = "NAME=FILE",
            description = "Rows of a split of any name, such as a test split of another domain; may be repeated.")
    private List<String> splits = List.of();

    String dataset() {
        return dataset;
    }

    /// Whether a file of rows is named.
    boolean nameFiles() {
        return !(files.isEmpty() && validation.isEmpty() && test.isEmpty() && splits.isEmpty());
    }

    /// Returns every source of rows.
    ///
    /// @param output receives a note about files of a directory that are not data
    List<DataSource> sources(CommandOutput output, CommandLine command) throws IOException {
        if (files.isEmpty()) {
            throw new ParameterException(command, "Missing required parameter: 'FILE'");
        }
        List<DataSource> sources = new ArrayList<>();
        boolean alone = files.size() == 1;
        for (String file : files) {
            add(file, alone && hasOneSplit(file) ? "train" : "", !alone, sources, output);
        }
        for (String file : validation) {
            add(file, "validation", false, sources, output);
        }
        for (String file : test) {
            add(file, "test", false, sources, output);
        }
        for (String named : splits) {
            int equals = named.indexOf('=');
            String split = equals < 0 ? "" : named.substring(0, equals);
            if (!split.matches(SPLIT_NAME)) {
                throw new ParameterException(
                        command,
                        "--split: expected NAME=FILE with a name of lower-case letters, digits, - and _, got '" + named
                                + "'");
            }
            add(named.substring(equals + 1), split, false, sources, output);
        }
        return withDistinctPaths(sources);
    }

    /// Tells whether a source without a word about its split is one file, so that all of it is one split.
    private static boolean hasOneSplit(String file) {
        return isAddress(file) ? !file.endsWith("/") : !Files.isDirectory(Path.of(file));
    }

    static boolean isAddress(String file) {
        return file.matches("(?s)[a-zA-Z][a-zA-Z0-9+.-]*://.*");
    }

    private static void add(String file, String split, boolean named, List<DataSource> sources, CommandOutput output)
            throws IOException {
        if (file.equals(INPUT)) {
            sources.add(new DataSource.StandardInput("stdin", split));
        } else if (isAddress(file)) {
            sources.add(new DataSource.Address(file, pathOf(file), split));
        } else if (Files.isDirectory(Path.of(file))) {
            addFolder(Path.of(file), split, named, sources, output);
        } else if (Files.exists(Path.of(file))) {
            Path path = Path.of(file);
            sources.add(new DataSource.LocalFile(path, path.getFileName().toString(), split));
        } else {
            throw new NoSuchFileException(file);
        }
    }

    /// Adds all data files of a directory.
    ///
    /// @param named whether the directory's own name is part of the paths, which may say the split
    private static void addFolder(
            Path folder, String split, boolean named, List<DataSource> sources, CommandOutput output)
            throws IOException {
        DataFolder found = DataFolder.read(folder);
        Path root = folder.toAbsolutePath().normalize();
        for (Path file : found.files()) {
            String path = folder.relativize(file).toString();
            sources.add(new DataSource.LocalFile(file, named ? root.getFileName() + "/" + path : path, split));
        }
        if (!found.skipped().isEmpty()) {
            int count = found.skipped().size();
            output.note("skipped " + count + (count == 1 ? " file" : " files") + " of " + folder
                    + " that hold no rows: "
                    + String.join(", ", found.skipped().subList(0, Math.min(NAMED, count)))
                    + (count > NAMED ? ", ..." : ""));
        }
    }

    /// Returns an address without its query, which may hold a key.
    static String pathOf(String address) {
        try {
            URI uri = URI.create(address);
            return uri.getPath() == null ? "" : tail(uri.getPath().replaceFirst("^/+", ""));
        } catch (IllegalArgumentException malformed) {
            return ""; // the service says what is wrong with the address
        }
    }

    private static String tail(String path) {
        return path.length() <= LONGEST_PATH ? path : path.substring(path.length() - LONGEST_PATH);
    }

    /// Names files of equal names by their directories too, so that an error means one file.
    private static List<DataSource> withDistinctPaths(List<DataSource> sources) {
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new HashSet<>();
        sources.forEach(source -> {
            if (!seen.add(source.path())) {
                repeated.add(source.path());
            }
        });
        return sources.stream()
                .map(source -> source instanceof DataSource.LocalFile local
                        ? new DataSource.LocalFile(
                                local.file(),
                                tail((repeated.contains(local.path())
                                                ? local.file().toString()
                                                : local.path())
                                        .replaceAll("\\p{Cc}", "?")),
                                local.split())
                        : source)
                .toList();
    }
}
