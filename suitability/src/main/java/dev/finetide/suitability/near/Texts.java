package dev.finetide.suitability.near;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Keeps numbered texts in temporary files, to be read in any order. Not thread-safe.
final class Texts implements AutoCloseable {
    /// Bytes of an entry: where the text starts, its context, its split.
    private static final int ENTRY = 2 * Long.BYTES + Integer.BYTES;

    private final Path texts;
    private final Path entries;
    private final DataOutputStream textsOut;
    private final DataOutputStream entriesOut;
    private FileChannel textsIn;
    private FileChannel entriesIn;
    private long bytes;
    private long count;

    /// @param split number of the row's split
    record Entry(long start, long context, int split) {}

    Texts(Path scratch) throws IOException {
        this.texts = Files.createTempFile(scratch, "texts-", ".bin");
        this.entries = Files.createTempFile(scratch, "entries-", ".bin");
        this.textsOut = out(texts);
        this.entriesOut = out(entries);
    }

    private static DataOutputStream out(Path file) throws IOException {
        return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
    }

    void add(String text, long context, int split) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        entriesOut.writeLong(bytes);
        entriesOut.writeLong(context);
        entriesOut.writeInt(split);
        textsOut.writeInt(utf8.length);
        textsOut.write(utf8);
        bytes += Integer.BYTES + utf8.length;
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
        entriesIn = FileChannel.open(entries, StandardOpenOption.READ);
    }

    Entry entry(long number) throws IOException {
        ByteBuffer entry = read(entriesIn, number * ENTRY, ENTRY);
        return new Entry(entry.getLong(), entry.getLong(), entry.getInt());
    }

    String text(Entry entry) throws IOException {
        int length = read(textsIn, entry.start(), Integer.BYTES).getInt();
        return new String(read(textsIn, entry.start() + Integer.BYTES, length).array(), StandardCharsets.UTF_8);
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("a temporary file is shorter than it was written");
            }
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        textsOut.close();
        entriesOut.close();
        if (textsIn != null) {
            textsIn.close();
            entriesIn.close();
        }
        Files.deleteIfExists(texts);
        Files.deleteIfExists(entries);
    }
}
