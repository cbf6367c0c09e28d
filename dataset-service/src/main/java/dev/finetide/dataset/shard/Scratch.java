package dev.finetide.dataset.shard;

import dev.finetide.blobs.ScratchDirectory;
import java.io.IOException;
import java.nio.file.Path;

/// A directory for temporary files, which is deleted with all of them.
public record Scratch(ScratchDirectory made) implements AutoCloseable {
    public static Scratch create() throws IOException {
        return new Scratch(ScratchDirectory.create("finetide-dataset-"));
    }

    public Path directory() {
        return made.path();
    }

    @Override
    public void close() {
        made.close();
    }
}
