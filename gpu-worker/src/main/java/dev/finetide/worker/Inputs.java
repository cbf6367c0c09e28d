package dev.finetide.worker;

import com.github.luben.zstd.ZstdInputStream;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.sft.text.Row;
import dev.finetide.sft.text.RowRefused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// What an attempt works on: the base's files in a directory, the rows of a split. Everything comes from the
/// blob store and is checked on the way.
final class Inputs {
    private final Attempt attempt;

    Inputs(Attempt attempt) {
        this.attempt = attempt;
    }

    /// The base as a Hugging Face directory below `scratch`.
    ///
    /// @throws WorkerFailure MISSING_INPUT when a file is gone or is not what its digest says
    Path base(Path scratch) {
        return materialise(attempt.spec().getBase().getFilesList(), scratch.resolve("base"), "base");
    }

    /// Any set of stored files as a directory.
    Path materialise(List<BlobFile> files, Path directory, String what) {
        try {
            deleteTree(directory);
            Files.createDirectories(directory);
            attempt.download(files, directory);
            return directory;
        } catch (IOException e) {
            throw Storage.failure(WorkerFailure.Reason.MISSING_INPUT, what, e);
        }
    }

    /// The canonical rows of a split, in the order of the dataset.
    ///
    /// @param split "train" or "test"
    /// @param limit at most that many rows; 0 for all
    /// @throws WorkerFailure MISSING_INPUT for a shard that is gone or corrupt, INVALID_DATA for a row that
    ///     is no row
    List<Row> rows(String split, int limit) {
        List<Row> rows = new ArrayList<>();
        for (BlobFile shard : attempt.spec().getDatasetVersion().getShardsList().stream()
                .filter(file -> file.getPath().startsWith(split + "/"))
                .sorted(Comparator.comparing(BlobFile::getPath))
                .toList()) {
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(new ZstdInputStream(attempt.open(shard)), StandardCharsets.UTF_8))) {
                // Read to the end even past the limit: only then is the shard's digest checked.
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (limit == 0 || rows.size() < limit) {
                        rows.add(Row.parse(line));
                    }
                }
            } catch (RowRefused e) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.INVALID_DATA,
                        "%s row %d: %s".formatted(shard.getPath(), rows.size(), e.getMessage()),
                        e);
            } catch (IOException e) {
                throw Storage.failure(WorkerFailure.Reason.MISSING_INPUT, shard.getPath(), e);
            }
        }
        return rows;
    }

    static void deleteTree(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot clear " + directory, e);
        }
    }
}
