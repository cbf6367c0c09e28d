package dev.finetide.suitability.near;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Keeps numbered texts in temporary files, to be read in any order. Not thread-safe.
final class Texts implements AutoCloseable {
    /// Longs of an entry: where the text ends, its context, the number of its split.
    private static final int ENTRY = 3;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

    private final Path texts;
    private final Path entries;
    private final DataOutputStream textsOut;
    private final DataOutputStream entriesOut;
    private final Arena arena = Arena.ofShared();
    private MemorySegment mapped = MemorySegment.NULL;
    private FileChannel textsIn;
    private long bytes;
    private long count;

    Texts(Path scratch) throws IOException {
        this.texts = Files.createTempFile(scratch, "texts-", ".bin");
        this.entries = Files.createTempFile(scratch, "entries-", ".bin");
        this.textsOut = out(texts);
        this.entriesOut = out(entries);
    }

    private static DataOutputStream out(Path file) throws IOException {
        return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
    }

    /// @param split number of the row's split
    void add(String text, long context, int split) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        textsOut.write(utf8);
        bytes += utf8.length;
        entriesOut.writeLong(bytes);
        entriesOut.writeLong(context);
        entriesOut.writeLong(split);
        count++;
    }

    long count() {
        return count;
    }

    /// Ends the writing.
    void finish() throws IOException {
        textsOut.close();
        entriesOut.close();
        textsIn = FileChannel.open(texts, StandardOpenOption.READ);
        try (FileChannel channel = FileChannel.open(entries, StandardOpenOption.READ)) {
            if (count > 0) {
                mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, count * ENTRY * Long.BYTES, arena);
            }
        }
    }

    long context(long number) {
        return mapped.getAtIndex(LONG, number * ENTRY + 1);
    }

    int split(long number) {
        return (int) mapped.getAtIndex(LONG, number * ENTRY + 2);
    }

    String text(long number) throws IOException {
        long start = number == 0 ? 0 : mapped.getAtIndex(LONG, (number - 1) * ENTRY);
        long end = mapped.getAtIndex(LONG, number * ENTRY);
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(end - start));
        while (buffer.hasRemaining()) {
            if (textsIn.read(buffer, start + buffer.position()) < 0) {
                throw new IOException("a temporary file is shorter than it was written");
            }
        }
        return new String(buffer.array(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        arena.close();
        textsOut.close();
        entriesOut.close();
        if (textsIn != null) {
            textsIn.close();
        }
        Files.deleteIfExists(texts);
        Files.deleteIfExists(entries);
    }
}
