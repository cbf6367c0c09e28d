package dev.finetide.sft.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.file.AtomicFile;
import dev.finetide.sft.file.FileTree;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The checkpoints of one run, one directory each. A checkpoint holds the trained weights, the best
/// ones so far where the run keeps them, the state of the optimiser, and a state file: the step,
/// the work so far, the best evaluation so far, and the hashes that bind the checkpoint to dataset,
/// settings, chat template and base. The step is also the place in the data, in the schedule and in
/// the random numbers, all of which follow from it and the seed.
///
/// A checkpoint is written under another name and synced, its manifest (SHA-256 of every file)
/// last, then renamed: so it is whole or not there. A checkpoint that is torn or belongs to another
/// run is refused with the reason.
public final class Checkpoints {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int FORMAT = 2;
    private static final long MAX_JSON_BYTES = 1 << 20;
    private static final String STATE = "state.json";
    private static final String MANIFEST = "manifest.json";
    private static final String BEST = "best.safetensors";

    private final Path dir;
    private final Map<String, String> identity;
    private final int keep;

    /// Uses a directory for the checkpoints of one run.
    ///
    /// @param identity values that a checkpoint must have in common with this run, by name
    /// @param keep number of the last checkpoints that stay
    public Checkpoints(Path dir, Map<String, String> identity, int keep) {
        this.dir = dir;
        this.identity = new TreeMap<>(identity);
        this.keep = keep;
    }

    /// A place in a run.
    ///
    /// @param step steps done
    /// @param loss loss of the last of them, NaN when there was none
    /// @param spent work of these steps; nothing in a checkpoint that was written before work was
    ///     counted
    /// @param validation the best evaluation so far
    public record Position(int step, double loss, Spent spent, BestSoFar validation) {
        /// The place before the first step.
        public static final Position START = new Position(0, Double.NaN, Spent.NOTHING, BestSoFar.NONE);
    }

    /// A checkpoint that was restored.
    public record Restored(Position at, Path dir) {}

    /// Saves the present weights as the best; every later checkpoint holds them too.
    public void saveBest(Parameters trained) {
        try {
            Files.createDirectories(dir);
            trained.write(dir.resolve(BEST), TensorType.F32);
        } catch (IOException e) {
            throw new UncheckedIOException(dir.resolve(BEST) + " cannot be written: " + e.getMessage(), e);
        }
    }

    /// Overwrites the weights by the best ones.
    public void readBest(Parameters trained) {
        try (SafetensorsFile best = new SafetensorsFile(dir.resolve(BEST))) {
            trained.read(best);
        }
    }

    /// Saves a checkpoint and removes those that are not kept any more.
    public Path save(Position at, Parameters trained, AdamW adamW) {
        Path done = dir.resolve("step-%08d".formatted(at.step()));
        Path aside = aside(at.step());
        try {
            write(aside, state(at), trained, adamW);
            FileTree.delete(done);
            Files.move(aside, done, StandardCopyOption.ATOMIC_MOVE);
            AtomicFile.sync(dir);
            List<Path> all = list();
            for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
                FileTree.delete(old);
            }
            return done;
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint " + done + " cannot be written: " + e.getMessage(), e);
        } finally {
            deleteQuietly(aside);
        }
    }

    /// Writes a checkpoint as [#save] does, to measure its cost, and deletes it when `use` has returned.
    public void rehearse(Parameters trained, AdamW adamW, Consumer<Path> use) {
        Path aside = aside(0);
        try {
            write(aside, state(Position.START), trained, adamW);
            use.accept(aside);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint " + aside + " cannot be written: " + e.getMessage(), e);
        } finally {
            deleteQuietly(aside);
        }
    }

    private Path aside(int step) {
        return dir.resolve(
                ".step-%08d.tmp-%d".formatted(step, ProcessHandle.current().pid()));
    }

    private void write(Path aside, ObjectNode state, Parameters trained, AdamW adamW) throws IOException {
        FileTree.delete(aside);
        Files.createDirectories(aside);
        for (Map.Entry<String, Parameters> file : files(trained, adamW).entrySet()) {
            file.getValue().write(aside.resolve(file.getKey()), TensorType.F32);
        }
        linkIfThere(dir.resolve(BEST), aside.resolve(BEST));
        writeJson(aside.resolve(STATE), state);
        writeJson(aside.resolve(MANIFEST), manifest(aside));
        AtomicFile.sync(aside);
    }

    private ObjectNode state(Position at) {
        ObjectNode state = JSON.createObjectNode()
                .put("format", FORMAT)
                .put("step", at.step())
                .put("loss", at.loss())
                .put("tokens", at.spent().tokens())
                .put("seconds", at.spent().seconds());
        BestSoFar validation = at.validation();
        if (validation.bestStep() > 0) {
            state.putObject("validation")
                    .put("bestStep", validation.bestStep())
                    .put("bestLoss", validation.bestLoss())
                    .put("bestAccuracy", validation.bestAccuracy())
                    .put("withoutGain", validation.withoutGain());
        }
        identity.forEach(state.putObject("identity")::put);
        return state;
    }

    private static BestSoFar bestSoFar(JsonNode state) {
        JsonNode json = state.path("validation");
        return json.isMissingNode()
                ? BestSoFar.NONE
                : new BestSoFar(
                        json.path("bestStep").asInt(),
                        json.path("bestLoss").asDouble(),
                        json.path("bestAccuracy").asDouble(),
                        json.path("withoutGain").asInt());
    }

    /// Restores the newest checkpoint that can be used.
    ///
    /// @param refused told of each checkpoint that cannot be used, with the reason
    public Optional<Restored> restore(Parameters trained, AdamW adamW, BiConsumer<Path, String> refused) {
        try {
            removeUnfinished();
            for (Path checkpoint : list()) {
                try {
                    return Optional.of(restore(checkpoint, trained, adamW));
                } catch (ModelFormatException | IOException e) {
                    refused.accept(checkpoint, e.getMessage());
                }
            }
            Files.deleteIfExists(dir.resolve(BEST));
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(dir + " cannot be read: " + e.getMessage(), e);
        }
    }

    /// Checks every file of a checkpoint against its manifest.
    ///
    /// @throws ModelFormatException naming a file that is torn
    public static void requireWhole(Path checkpoint) {
        try {
            JsonNode manifest = readJson(checkpoint.resolve(MANIFEST));
            JsonNode found = manifest(checkpoint);
            Set<String> names = new TreeSet<>();
            manifest.fieldNames().forEachRemaining(names::add);
            found.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                if (!found.path(name).equals(manifest.path(name))) {
                    throw new ModelFormatException(checkpoint + ": torn: " + name + " is "
                            + (found.has(name) ? "not what its manifest says" : "missing"));
                }
            }
            if (!names.contains(STATE)) {
                throw new ModelFormatException(checkpoint + ": torn: " + STATE + " is missing");
            }
        } catch (IOException e) {
            throw new ModelFormatException(checkpoint + ": torn: " + e, e);
        }
    }

    private Restored restore(Path checkpoint, Parameters trained, AdamW adamW) throws IOException {
        requireWhole(checkpoint);
        JsonNode state = readJson(checkpoint.resolve(STATE));
        if (state.path("format").asInt() != FORMAT) {
            throw new ModelFormatException(checkpoint + ": format " + state.path("format") + ", expected " + FORMAT);
        }
        for (Map.Entry<String, String> mine : identity.entrySet()) {
            JsonNode its = state.path("identity").path(mine.getKey());
            // A checkpoint from before a value was recorded has none.
            if (!its.isMissingNode() && !its.asText().equals(mine.getValue())) {
                throw new ModelFormatException(checkpoint + ": of another run: " + mine.getKey() + " was "
                        + its.asText() + ", now it is " + mine.getValue());
            }
        }
        Map<String, Parameters> files = files(trained, adamW);
        // All files are checked before any tensor is overwritten.
        forEach(files, checkpoint, Parameters::check);
        forEach(files, checkpoint, Parameters::read);
        Files.deleteIfExists(dir.resolve(BEST));
        linkIfThere(checkpoint.resolve(BEST), dir.resolve(BEST));
        int step = state.path("step").asInt();
        adamW.resumeAfter(step);
        Spent spent =
                new Spent(state.path("tokens").asLong(), state.path("seconds").asDouble());
        return new Restored(new Position(step, state.path("loss").asDouble(), spent, bestSoFar(state)), checkpoint);
    }

    private static void forEach(
            Map<String, Parameters> files, Path checkpoint, BiConsumer<Parameters, SafetensorsFile> action) {
        files.forEach((name, parameters) -> {
            try (SafetensorsFile tensors = new SafetensorsFile(checkpoint.resolve(name))) {
                action.accept(parameters, tensors);
            }
        });
    }

    private static Map<String, Parameters> files(Parameters trained, AdamW adamW) {
        return Map.of(
                "trained.safetensors", trained,
                "adam_means.safetensors", adamW.means(),
                "adam_squares.safetensors", adamW.squares());
    }

    /// Gives a file a second name where the file system can, else copies it. The file may be
    /// replaced, but it is never changed.
    private static void linkIfThere(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        try {
            Files.createLink(to, from);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(from, to);
            AtomicFile.sync(to);
        }
    }

    /// Returns the SHA-256 of every file except the manifest itself.
    private static JsonNode manifest(Path checkpoint) throws IOException {
        ObjectNode hashes = JSON.createObjectNode();
        try (Stream<Path> files = Files.list(checkpoint).sorted()) {
            for (Path file : files.toList()) {
                if (!file.endsWith(MANIFEST)) {
                    hashes.put(file.getFileName().toString(), Digests.ofFile(file));
                }
            }
        }
        return hashes;
    }

    private static JsonNode readJson(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new ModelFormatException(file + ": torn: no such file");
        }
        if (Files.size(file) > MAX_JSON_BYTES) {
            throw new ModelFormatException(file + ": torn: larger than " + MAX_JSON_BYTES + " bytes");
        }
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": torn: not JSON", e);
        }
    }

    private static void writeJson(Path file, JsonNode json) throws IOException {
        AtomicFile.write(file, temp -> Files.writeString(temp, json.toPrettyString() + "\n"));
    }

    /// Removes what a killed process has left.
    private void removeUnfinished() throws IOException {
        if (Files.isDirectory(dir)) {
            try (Stream<Path> entries = Files.list(dir)) {
                for (Path entry : entries.toList()) {
                    if (entry.getFileName().toString().matches("\\.step-\\d+\\.tmp-\\d+")) {
                        FileTree.delete(entry);
                    }
                }
            }
        }
    }

    /// Returns the checkpoints, newest first.
    private List<Path> list() throws IOException {
        if (!Files.isDirectory(dir)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(dir)) {
            return entries.filter(entry -> entry.getFileName().toString().matches("step-\\d{8,}"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    private static void deleteQuietly(Path tree) {
        try {
            FileTree.delete(tree);
        } catch (IOException e) {
            // The tree stays under a name that nobody reads; the caller must see the failure of the write
            // itself.
            tree.toFile().deleteOnExit();
        }
    }
}
