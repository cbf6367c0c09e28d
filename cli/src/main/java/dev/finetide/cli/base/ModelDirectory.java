package dev.finetide.cli.base;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.files.FileDigest;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The files of a Hugging Face model directory that make a base: safetensors, JSON, Markdown, Jinja and text files.
/// All others, above all pickles and weights that the model's index does not name, are not taken, and the user is told
/// so.
///
/// @param files    files with digests, by path
/// @param notTaken names of the files that are not taken
public record ModelDirectory(Path path, List<BlobFile> files, List<String> notTaken) {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String TEMPLATES = "additional_chat_templates";
    private static final Set<String> TAKEN = Set.of("safetensors", "json", "md", "jinja", "txt");

    /// @throws CommandFailedException NOT_FOUND or REFUSED if the path is no model directory
    public static ModelDirectory read(Path path, PrintWriter notes) throws IOException {
        if (!Files.exists(path)) {
            throw CommandFailedException.notFound("base directory " + path + " does not exist");
        }
        if (!Files.isDirectory(path)) {
            throw CommandFailedException.refused(path + " is a file; a base is a Hugging Face model directory");
        }
        List<Path> taken = new ArrayList<>();
        List<String> notTaken = new ArrayList<>();
        Predicate<Path> isNamed = namedWeights(path);
        for (Path entry : entries(path)) {
            if (Files.isDirectory(entry) && entry.getFileName().toString().equals(TEMPLATES)) {
                for (Path file : entries(entry)) {
                    if (Files.isRegularFile(file) && extension(file).equals("jinja")) {
                        taken.add(file);
                    } else {
                        notTaken.add(TEMPLATES + "/" + file.getFileName());
                    }
                }
            } else if (Files.isRegularFile(entry) && TAKEN.contains(extension(entry)) && isNamed.test(entry)) {
                taken.add(entry);
            } else {
                notTaken.add(entry.getFileName() + (Files.isDirectory(entry) ? "/" : ""));
            }
        }
        requireModel(path, taken);
        return new ModelDirectory(path, digests(path, taken, notes), List.copyOf(notTaken));
    }

    private static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }

    /// Tells which files are no weights, or weights of the model: `model.safetensors`, else those that the index names.
    /// Beside a single file the index is no file of the model either.
    private static Predicate<Path> namedWeights(Path path) throws IOException {
        Path index = path.resolve(INDEX);
        if (Files.isRegularFile(path.resolve(SINGLE))) {
            return file -> !file.equals(index) && (!isWeights(file) || file.endsWith(SINGLE));
        }
        Set<String> named = new HashSet<>();
        if (Files.isRegularFile(index)) {
            try {
                if (JsonParser.parseString(Files.readString(index)) instanceof JsonObject json
                        && json.get("weight_map") instanceof JsonObject map) {
                    map.asMap().values().stream()
                            .filter(JsonElement::isJsonPrimitive)
                            .forEach(file -> named.add(file.getAsString()));
                }
            } catch (JsonParseException e) {
                // The registry says what is wrong with the index.
                return file -> true;
            }
        }
        return file -> named.isEmpty()
                || !isWeights(file)
                || named.contains(file.getFileName().toString());
    }

    private static boolean isWeights(Path file) {
        return extension(file).equals("safetensors");
    }

    public String digest() {
        return FileSet.digest(files);
    }

    private static void requireModel(Path path, List<Path> taken) {
        for (String name : List.of("config.json", "tokenizer.json")) {
            if (taken.stream().noneMatch(file -> file.getFileName().toString().equals(name))) {
                throw CommandFailedException.refused("base directory " + path + " has no " + name);
            }
        }
        if (taken.stream().noneMatch(file -> extension(file).equals("safetensors"))) {
            throw CommandFailedException.refused("base directory " + path + " has no *.safetensors file");
        }
    }

    private static List<BlobFile> digests(Path directory, List<Path> taken, PrintWriter notes) throws IOException {
        long total = 0;
        for (Path file : taken) {
            total += Files.size(file);
        }
        List<BlobFile> files = new ArrayList<>();
        try (ProgressLine progress = ProgressLine.start("reading", Math.max(1, total), "", notes)) {
            long[] read = {0};
            for (Path file : taken) {
                String sha256 = FileDigest.of(file, bytes -> {
                    read[0] += bytes;
                    progress.at(read[0], "");
                });
                files.add(BlobFile.newBuilder()
                        .setPath(directory.relativize(file).toString().replace(File.separatorChar, '/'))
                        .setSizeBytes(Files.size(file))
                        .setSha256(sha256)
                        .build());
            }
        }
        return List.copyOf(files);
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
