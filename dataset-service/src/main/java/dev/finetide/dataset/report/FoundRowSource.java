package dev.finetide.dataset.report;

import com.github.luben.zstd.ZstdInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;

/// Reads the rows with findings of a report, as fast as the client takes them. Not thread-safe.
final class FoundRowSource implements WatchSource<RowFound> {
    private final BlobStore blobs;
    private final Iterator<BlobFile> files;
    private Optional<BufferedReader> open = Optional.empty();
    private String line;

    private FoundRowSource(BlobStore blobs, Iterator<BlobFile> files) {
        this.blobs = blobs;
        this.files = files;
    }

    /// @param kind kind of the findings; unspecified for all
    static FoundRowSource open(BlobStore blobs, DatasetReport report, FoundKind kind) {
        String path = path(kind);
        return new FoundRowSource(
                blobs,
                report.getFilesList().stream()
                        .filter(file -> kind == FoundKind.FOUND_KIND_UNSPECIFIED
                                || file.getPath().equals(path))
                        .iterator());
    }

    private static String path(FoundKind kind) {
        return "found/" + kind.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".jsonl.zst";
    }

    @Override
    public boolean hasNext() {
        try {
            line = line != null ? line : nextLine();
            while (line == null && files.hasNext()) {
                close();
                BlobFile file = files.next();
                open = Optional.of(new BufferedReader(new InputStreamReader(
                        new ZstdInputStream(
                                blobs.open(new BlobRef(file.getBlobKey(), file.getSizeBytes(), file.getSha256()))),
                        StandardCharsets.UTF_8)));
                line = nextLine();
            }
            return line != null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String nextLine() throws IOException {
        return open.isPresent() ? open.get().readLine() : null;
    }

    @Override
    public RowFound next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        RowFound.Builder found = RowFound.newBuilder();
        try {
            JsonFormat.parser().ignoringUnknownFields().merge(line, found);
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(new IOException("a finding in the report's files cannot be read", e));
        }
        line = null;
        return found.build();
    }

    @Override
    public void close() {
        try {
            if (open.isPresent()) {
                open.get().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
