package dev.finetide.worker.report;

import com.github.luben.zstd.ZstdOutputStream;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.suitability.FoundRows;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// Writes the rows with findings of one section to files below a directory: Zstandard-compressed JSONL,
/// one file for each kind, `found/near-duplicate.jsonl.zst`.
final class FoundFiles implements FoundRows, AutoCloseable {
    private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

    private final Path directory;
    private final Map<FoundKind, OutputStream> files = new EnumMap<>(FoundKind.class);

    FoundFiles(Path directory) {
        this.directory = directory;
    }

    @Override
    public void add(RowFound found) throws IOException {
        OutputStream file = files.get(found.getKind());
        if (file == null) {
            Path path = directory.resolve("found").resolve(name(found.getKind()));
            Files.createDirectories(path.getParent());
            file = new BufferedOutputStream(new ZstdOutputStream(Files.newOutputStream(path)));
            files.put(found.getKind(), file);
        }
        file.write((JSON.print(found) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static String name(FoundKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".jsonl.zst";
    }

    @Override
    public void close() throws IOException {
        for (OutputStream file : files.values()) {
            file.close();
        }
    }
}
