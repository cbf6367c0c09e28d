package dev.finetide.worker;

import dev.finetide.retrieval.embed.MiniLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes the sources of passages of an attempt. Training and evaluation look up in the same ones.
final class PassageInputs {
    private PassageInputs() {}

    /// @param scratch directory of the attempt, near which vectors are kept for a later attempt
    static PassageSources of(AttemptInputs inputs, EngineOptions options, Path scratch, Progress progress) {
        return new PassageSources(
                inputs::readDocuments, () -> new MiniLm(options.threads()), vectors(scratch), progress::begin);
    }

    /// Returns the directory in which vectors of passages are kept. A worker that is a process of a
    /// machine has a directory for each attempt, so that the one around it outlives the attempt; in a
    /// cluster there is none.
    private static Path vectors(Path scratch) {
        Path attempts = scratch.getParent().getParent();
        boolean kept = scratch.getParent().getFileName().toString().startsWith("attempt-")
                && attempts != null
                && Files.isWritable(attempts);
        return (kept ? attempts : scratch).resolve("vectors");
    }
}
