package dev.finetide.worker;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.sft.train.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The checkpoint that an attempt continues from: the newest one that is whole.
///
/// @param step step of the checkpoint, 0 where training starts from the beginning
/// @param refused checkpoints that could not be used, newest first, each with the reason
record Resumption(int step, List<String> refused) {
    /// Copies stored files into a directory and checks each.
    interface Fetch {
        void into(List<BlobFile> files, Path directory) throws IOException;
    }

    /// Fetches checkpoints, newest first, until one is whole.
    ///
    /// @param directory directory that gets this checkpoint and nothing else; the trainer looks for it there
    static Resumption find(List<Checkpoint> newestFirst, Fetch fetch, Path directory) {
        List<String> refused = new ArrayList<>();
        for (Checkpoint checkpoint : newestFirst) {
            Path target = directory.resolve(name(checkpoint));
            try {
                fetch.into(checkpoint.getFilesList(), target);
                Checkpoints.requireWhole(target);
                return new Resumption(checkpoint.getStep(), List.copyOf(refused));
            } catch (IOException | ModelFormatException torn) {
                if (StorageFailures.isFull(torn)) {
                    throw new WorkerFailure(
                            WorkerFailure.Reason.STORAGE_FULL, "checkpoint: no space left: " + torn.getMessage(), torn);
                }
                refused.add(refusal(target, torn.getMessage()));
                AttemptInputs.clear(target);
            }
        }
        return new Resumption(0, List.copyOf(refused));
    }

    /// Returns the report of a checkpoint that the engine refused, without this machine's paths: "step 48: torn".
    static String refusal(Path directory, String reason) {
        int step = Integer.parseInt(directory.getFileName().toString().substring("step-".length()));
        return "step " + step + ": " + reason.replace(directory + ": ", "");
    }

    /// Returns the directory name that the engine gives to a checkpoint.
    private static String name(Checkpoint checkpoint) {
        return "step-%08d".formatted(checkpoint.getStep());
    }
}
