package dev.finetide.kit.work;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.blobs.BlobKeys;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingRun;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Checks the files that a worker says it has written. Whoever can write to the workers' topic can name any file, so a
/// list counts only if its files lie below the writer's own prefix and fit each other. The bytes themselves are checked
/// against their digests by every reader.
public final class WrittenFiles {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /// The most files that a model or a checkpoint has.
    private static final int MOST = 1000;

    private WrittenFiles() {}

    /// Returns the blob prefix of a training run's workers.
    ///
    /// @param ids project and id of the run
    public static String prefixOfRun(List<String> ids) {
        return "trainingRuns/%s/%s/".formatted(ids.get(0), ids.get(1));
    }

    /// Checks that the output of a run, as another service's event has it, is files of that run that fit each other.
    ///
    /// @throws IllegalArgumentException if it is not
    public static void requireOutput(TrainingRun run) {
        List<String> ids = ResourceType.TRAINING_RUN.ids("training_run.name", run.getName());
        problem(run.getOutput(), prefixOfRun(ids)).ifPresent(problem -> {
            throw new IllegalArgumentException(run.getName() + ": its output does not fit: " + problem);
        });
    }

    /// Returns what is wrong with a list of files; empty if nothing is.
    ///
    /// @param prefix prefix below which the writer may write, with its closing `/`
    public static Optional<String> problem(List<BlobFile> files, String prefix) {
        if (files.isEmpty()) {
            return Optional.of("expected files, got none");
        }
        if (files.size() > MOST) {
            return Optional.of("expected at most " + MOST + " files, got " + files.size());
        }
        Set<String> paths = new HashSet<>();
        for (BlobFile file : files) {
            Optional<String> problem = problem(file, prefix, paths);
            if (problem.isPresent()) {
                return problem.map(what -> "file " + Printable.of(file.getPath()) + ": " + what);
            }
        }
        return Optional.empty();
    }

    /// Returns what is wrong with the files of a run's output; empty if nothing is.
    ///
    /// @param prefix prefix below which the writer may write, with its closing `/`
    public static Optional<String> problem(TrainingOutput output, String prefix) {
        return problem(output.getFilesList(), prefix)
                .or(() -> FileSet.digest(output.getFilesList()).equals(output.getDigest())
                        ? Optional.empty()
                        : Optional.of("expected the digest of its files, got another one"));
    }

    private static Optional<String> problem(BlobFile file, String prefix, Set<String> paths) {
        if (!isKey(file.getPath())) {
            return Optional.of("expected a plain relative path");
        }
        if (!paths.add(file.getPath())) {
            return Optional.of("expected each path once");
        }
        if (file.getSizeBytes() < 0) {
            return Optional.of("expected a size of 0 or more bytes, got " + file.getSizeBytes());
        }
        if (!SHA256.matcher(file.getSha256()).matches()) {
            return Optional.of("expected a SHA-256 of 64 lower-case hex digits");
        }
        return isKey(file.getBlobKey()) && file.getBlobKey().startsWith(prefix)
                ? Optional.empty()
                : Optional.of("expected a blob below " + prefix);
    }

    private static boolean isKey(String text) {
        try {
            BlobKeys.requireKey(text);
            return true;
        } catch (IllegalArgumentException refused) {
            return false;
        }
    }

    /// Returns which file of a checked list is not in the store, or has another size there; empty if all are there.
    public static Optional<String> absent(List<BlobFile> files, BlobStore store) throws IOException {
        Map<String, Long> sizes = new HashMap<>();
        for (String folder : files.stream().map(WrittenFiles::folder).collect(Collectors.toSet())) {
            for (BlobEntry blob : store.list(folder)) {
                sizes.put(blob.key(), blob.size());
            }
        }
        return files.stream()
                .filter(file -> sizes.getOrDefault(file.getBlobKey(), -1L) != file.getSizeBytes())
                .findFirst()
                .map(file -> "file " + file.getPath() + ": expected " + file.getSizeBytes() + " bytes in the store, "
                        + Optional.ofNullable(sizes.get(file.getBlobKey()))
                                .map(size -> "found " + size)
                                .orElse("found no such blob"));
    }

    private static String folder(BlobFile file) {
        return file.getBlobKey().substring(0, file.getBlobKey().lastIndexOf('/') + 1);
    }
}
