package dev.finetide.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.ZstdInputStream;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.template.TemplateContract;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.chunk.ChunkLines;
import dev.finetide.sft.file.FileTree;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowSource;
import dev.finetide.sft.text.SourcedRow;
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
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// The inputs of an attempt: the files of the base, and the rows of a split. All of them come from
/// the blob store and are checked against their digests.
final class AttemptInputs {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final long DRAW_SEED = 20;

    private final ClaimedAttempt attempt;

    AttemptInputs(ClaimedAttempt attempt) {
        this.attempt = attempt;
    }

    /// Fetches the base as a Hugging Face directory below `scratch`.
    ///
    /// @throws WorkerFailure MISSING_INPUT when a file is gone or is not what its digest says,
    ///     BAD_CONFIGURATION when the files turn rows into other tokens than the recorded ones
    Path fetchBase(Path scratch) {
        Base base = attempt.spec().getBase();
        Path directory = fetchFiles(base.getFilesList(), scratch.resolve("base"), "base");
        requireContract(base, directory);
        return directory;
    }

    static void requireContract(Base base, Path directory) {
        try {
            TemplateContract.require(
                    base.getTemplateDigest(), base.getName(), TemplateContract.digest(directory), "the fetched base");
        } catch (ModelFormatException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, e.getMessage(), e);
        }
    }

    /// Fetches stored files into a directory, which is cleared before.
    ///
    /// @param what name of the files in error messages
    Path fetchFiles(List<BlobFile> files, Path directory, String what) {
        try {
            clear(directory);
            Files.createDirectories(directory);
            attempt.download(files, directory);
            return directory;
        } catch (IOException e) {
            throw StorageFailures.failure(WorkerFailure.Reason.MISSING_INPUT, what, e);
        }
    }

    /// Reads the rows of a split with their places in the upload, in the order of the dataset.
    ///
    /// @param split "train", "validation", "test" or another split's name
    /// @param limit largest number of rows; 0 for all
    /// @throws WorkerFailure MISSING_INPUT for a shard that is missing or corrupt, INVALID_DATA for
    ///     a line that is no row
    List<SourcedRow> readRows(String split, int limit) {
        return readRows(attempt.spec().getDatasetVersion(), split, limit);
    }

    /// Reads the collected answers of an arm, which are the train rows of a version of their own.
    ///
    /// @throws WorkerFailure MISSING_INPUT, INVALID_DATA
    List<SourcedRow> readFrozenAnswers(EvaluationArm arm) {
        return readOther(arm.getArm().getFrozenAnswers());
    }

    /// Reads the train rows of another dataset version that the task carries.
    ///
    /// @throws WorkerFailure MISSING_INPUT, INVALID_DATA
    List<SourcedRow> readOther(String name) {
        return readRows(other(name), "train", 0);
    }

    private DatasetVersion other(String name) {
        return attempt.spec().getEvaluate().getOtherVersionsList().stream()
                .filter(version -> version.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new WorkerFailure(
                        WorkerFailure.Reason.MISSING_INPUT, name + ": the task does not carry this dataset version"));
    }

    /// Reads the passages of a document set in which a run's rows, or arms, look.
    ///
    /// @throws WorkerFailure MISSING_INPUT, INVALID_DATA
    List<Chunk> readDocuments(String name) {
        WorkerSpec spec = attempt.spec();
        List<DatasetVersion> sets = spec.hasTrain()
                ? List.of(spec.getTrain().getPassageDocuments())
                : spec.getEvaluate().getOtherVersionsList();
        DatasetVersion version = sets.stream()
                .filter(other -> other.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new WorkerFailure(
                        WorkerFailure.Reason.MISSING_INPUT, name + ": the task does not carry this dataset version"));
        List<Chunk> chunks = new ArrayList<>();
        readLines(version, "documents", line -> chunks.add(chunk(line, name, chunks.size())));
        return chunks;
    }

    /// Reads one passage of a document set.
    ///
    /// @param index place of the passage in its set, for errors
    static Chunk chunk(String line, String version, int index) {
        try {
            ObjectNode stored = (ObjectNode) JSON.readTree(line);
            stored.remove(List.of("source", "tags"));
            return ChunkLines.read(stored.toString());
        } catch (JsonProcessingException | ClassCastException | IllegalArgumentException e) {
            throw new WorkerFailure(
                    WorkerFailure.Reason.INVALID_DATA,
                    "passage " + (index + 1) + " of " + version + " is no passage of a document",
                    e);
        }
    }

    /// Draws rows of a split, always the same ones, and returns them in the order of the dataset. Of a large
    /// split only so many rows are in memory.
    ///
    /// @param count largest number of rows
    /// @throws WorkerFailure MISSING_INPUT, INVALID_DATA
    List<SourcedRow> drawRows(DatasetVersion version, String split, int count) {
        RandomGenerator random = new SplittableRandom(DRAW_SEED);
        SortedMap<Integer, String> drawn = new TreeMap<>();
        List<Integer> places = new ArrayList<>();
        int[] read = new int[1];
        readLines(version, split, line -> {
            int place = read[0]++;
            if (places.size() < count) {
                places.add(place);
                drawn.put(place, line);
            } else {
                int slot = random.nextInt(read[0]);
                if (slot < count) {
                    drawn.remove(places.set(slot, place));
                    drawn.put(place, line);
                }
            }
        });
        List<SourcedRow> rows = new ArrayList<>();
        drawn.forEach((place, line) -> rows.add(row(line, split, place)));
        return rows;
    }

    private List<SourcedRow> readRows(DatasetVersion version, String split, int limit) {
        List<SourcedRow> rows = new ArrayList<>();
        // The shard is read to its end even past the limit, because only then is its digest checked.
        readLines(version, split, line -> {
            if (limit == 0 || rows.size() < limit) {
                rows.add(row(line, split, rows.size()));
            }
        });
        return rows;
    }

    private void readLines(DatasetVersion version, String split, Consumer<String> sink) {
        for (BlobFile shard : version.getShardsList().stream()
                .filter(file -> file.getPath().startsWith(split + "/"))
                .sorted(Comparator.comparing(BlobFile::getPath))
                .toList()) {
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(new ZstdInputStream(attempt.open(shard)), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    sink.accept(line);
                }
            } catch (IOException e) {
                throw StorageFailures.failure(WorkerFailure.Reason.MISSING_INPUT, shard.getPath(), e);
            }
        }
    }

    /// Reads one row of a split.
    ///
    /// @param index place of the row in its split, for errors
    /// @throws WorkerFailure INVALID_DATA for a line that is no row, with its place
    static SourcedRow row(String line, String split, int index) {
        try {
            return SourcedRow.parse(line);
        } catch (RowRefused e) {
            String place = RowSource.place(SourcedRow.source(line), split, index);
            throw new WorkerFailure(WorkerFailure.Reason.INVALID_DATA, place + ": " + e.getMessage(), e);
        }
    }

    /// Deletes a directory with everything in it, if it exists.
    static void clear(Path directory) {
        try {
            FileTree.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot clear " + directory, e);
        }
    }
}
