package dev.finetide.dataset.recipe;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Keeps rows in a compressed temporary file, to be read again in their order. Not thread-safe.
final class RowSpool implements StepChain.Source, AutoCloseable {
    private static final int LEVEL = 1;
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path file;
    private final DataOutputStream out;
    private long rows;

    RowSpool(Path scratch) throws IOException {
        this.file = Files.createTempFile(scratch, "rows-", ".zst");
        this.out = new DataOutputStream(
                new BufferedOutputStream(new ZstdOutputStream(Files.newOutputStream(file), LEVEL), BUFFER_BYTES));
    }

    void add(RecipeRow row) throws IOException {
        write(row.version().getBytes(StandardCharsets.UTF_8));
        write(row.split().getBytes(StandardCharsets.UTF_8));
        out.writeLong(row.number());
        write(row.place().toByteArray());
        out.writeInt(row.tags().size());
        for (Map.Entry<String, String> tag : row.tags().entrySet()) {
            write(tag.getKey().getBytes(StandardCharsets.UTF_8));
            write(tag.getValue().getBytes(StandardCharsets.UTF_8));
        }
        write(row.json());
        rows++;
    }

    /// Ends the writing.
    void finish() throws IOException {
        out.close();
    }

    @Override
    public void each(StepChain.Sink sink) throws IOException {
        // Versions and splits are a few texts that very many rows have.
        Map<String, String> shared = new HashMap<>();
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(new ZstdInputStream(Files.newInputStream(file)), BUFFER_BYTES))) {
            for (long i = 0; i < rows; i++) {
                String version = shared.computeIfAbsent(text(in), text -> text);
                String split = shared.computeIfAbsent(text(in), text -> text);
                long number = in.readLong();
                RowPlace place = RowPlace.parseFrom(read(in));
                SortedMap<String, String> tags = new TreeMap<>();
                for (int tag = in.readInt(); tag > 0; tag--) {
                    tags.put(text(in), text(in));
                }
                sink.add(new RecipeRow(
                        version, split, number, place, Collections.unmodifiableSortedMap(tags), read(in)));
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            out.close();
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private void write(byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] read(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(read(in), StandardCharsets.UTF_8);
    }
}
