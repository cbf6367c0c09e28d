package dev.finetide.dataset.record;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.ReadOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.util.Optional;

/// The records of one file, cut out of its bytes in order. Not thread-safe.
public final class Records implements AutoCloseable {
    /// Number of bytes by which a file is recognised.
    private static final int SAMPLE = 1 << 20;

    private final ReadFile description;
    private final Cutting cutting;
    private boolean ended;

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
        SourceStream source = new SourceStream(file.open());
        try {
            return open(file, source, options, scratch);
        } catch (IOException | RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    private static Records open(RecordFile file, SourceStream source, ReadOptions options, Path scratch)
            throws IOException {
        byte[] packed = source.readNBytes(SAMPLE);
        InputStream whole = new SequenceInputStream(new ByteArrayInputStream(packed), source);
        Optional<Compression> compression = Compression.of(packed);
        byte[] first = packed;
        if (compression.isPresent()) {
            whole = compression.get().unpacked(file.path(), source, whole);
            first = whole.readNBytes(SAMPLE);
            whole = new SequenceInputStream(new ByteArrayInputStream(first), whole);
        }
        Optional<String> foreign = FirstBytes.foreign(first);
        if (foreign.isPresent()) {
            throw ApiException.invalidField(
                    file.path(),
                    "it is " + foreign.get() + "; expected "
                            + (options.getContainer().isEmpty() ? "rows" : options.getContainer()));
        }
        Sample sample = Sample.of(
                file.path(),
                first,
                first.length < SAMPLE,
                options.getContainer(),
                options.getEncoding(),
                options.getDelimiter());
        Container container = Container.of(file.path(), sample, options.getContainer());
        ReadFile.Builder description = ReadFile.newBuilder()
                .setPath(file.path())
                .setSizeBytes(Math.max(0, file.sizeBytes()))
                .setContainer(container.name())
                .setCompression(compression.map(Compression::name).orElse(""));
        if (container.text()) {
            whole.skipNBytes(sample.encoding().mark());
            whole = sample.encoding().utf8(whole);
            description.setEncoding(sample.encoding().name());
        }
        if (container.name().equals("csv") || container.name().equals("tsv")) {
            description.setDelimiter(String.valueOf(sample.delimiter()));
        }
        Optional<Path> local = compression.isPresent() ? Optional.empty() : file.local();
        return new Records(
                description.build(),
                container.opening().of(new OpenedFile(file.path(), whole, sample, scratch, local)));
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
        Optional<Cut> next = ended ? Optional.empty() : cutting.next();
        ended = next.isEmpty();
        return next;
    }

    @Override
    public void close() throws IOException {
        cutting.close();
    }
}
