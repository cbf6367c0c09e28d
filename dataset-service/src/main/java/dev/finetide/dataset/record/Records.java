package dev.finetide.dataset.record;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.ReadOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// The records of one file, cut out of its bytes in order. Not thread-safe.
public final class Records implements AutoCloseable {
    private final ReadFile description;
    private final Cutting cutting;

    private Records(ReadFile description, Cutting cutting) {
        this.description = description;
        this.cutting = cutting;
    }

    /// Detects compression, container, encoding and delimiter, unless the options say them.
    ///
    /// @param scratch directory for a spooled copy, where a container needs random access
    /// @throws ApiException INVALID_FIELD naming the file, what was expected and what was found
    /// @throws IOException  if the file cannot be read
    public static Records open(RecordFile file, ReadOptions options, Path scratch) throws IOException {
        ReadFile.Builder description =
                ReadFile.newBuilder().setPath(file.path()).setSizeBytes(Math.max(0, file.sizeBytes()));
        return new Records(
                description.setContainer("jsonl").build(), new JsonlCuts(file.open(), new TextEncoding("utf-8")));
    }

    /// Returns the file's path, container, compression, encoding and delimiter.
    public ReadFile description() {
        return description;
    }

    /// Cuts out the next record, without parsing it; empty at the end.
    ///
    /// @throws ApiException INVALID_FIELD if the file is damaged, such as a compressed stream that ends early
    /// @throws IOException  if the file cannot be read
    public Optional<Cut> next() throws IOException {
        return cutting.next();
    }

    @Override
    public void close() throws IOException {
        cutting.close();
    }
}
