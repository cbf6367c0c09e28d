package dev.finetide.retrieval.embed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntConsumer;
import java.util.zip.CRC32C;

/// Keeps vectors on disk, so that a process that was killed goes on where it stopped. The vectors of a list of
/// texts lie in a folder that is named by the digest of the texts and of the embedder's identity, 1,024 vectors
/// a file. A file is complete or absent: it is written under another name, flushed and renamed, and a checksum at
/// its end is checked on every read. Two processes may fill one folder at once.
public final class VectorFolder {
    /// Vectors of a file.
    public static final int BLOCK = 1024;

    private static final int CHECKSUM_BYTES = Long.BYTES;

    private final Path folder;

    /// @param folder where the folders of lists are; it is made when it is absent
    public VectorFolder(Path folder) {
        this.folder = folder;
    }

    /// Returns the vectors of `texts`. Those that are on disk are read, and the others are computed and written.
    ///
    /// @param done is given the number of texts that have their vectors, after each block
    /// @throws UncheckedIOException when a file cannot be read or written; the message names it
    public Vectors vectors(List<String> texts, Embedder embedder, IntConsumer done) {
        Path own = folder.resolve(digest(texts, embedder));
        try {
            Files.createDirectories(own);
            List<FloatBuffer> blocks = new ArrayList<>();
            for (int from = 0; from < texts.size(); from += BLOCK) {
                int to = Math.min(texts.size(), from + BLOCK);
                Path file = own.resolve("%06d.f32".formatted(from / BLOCK));
                int numbers = (to - from) * embedder.dimensions();
                Optional<FloatBuffer> kept = read(file, numbers);
                if (kept.isEmpty()) {
                    write(file, embedder.embed(texts.subList(from, to)), numbers);
                    kept = read(file, numbers);
                }
                blocks.add(kept.orElseThrow(() -> new IOException(file + " is not what was just written to it")));
                done.accept(to);
            }
            return new Vectors(embedder.dimensions(), texts.size(), blocks);
        } catch (IOException e) {
            throw new UncheckedIOException("vectors cannot be kept in " + own + ": " + e.getMessage(), e);
        }
    }

    /// Returns the digest of a list of texts under an embedder.
    static String digest(List<String> texts, Embedder embedder) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            update(digest, embedder.identity());
            for (String text : texts) {
                update(digest, text);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
    }

    /// Maps a block; nothing when the file is absent, or is not what was written.
    private static Optional<FloatBuffer> read(Path file, int numbers) throws IOException {
        int length = numbers * Float.BYTES;
        try (FileChannel in = FileChannel.open(file)) {
            if (in.size() != (long) length + CHECKSUM_BYTES) {
                return Optional.empty();
            }
            MappedByteBuffer bytes = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size());
            bytes.order(ByteOrder.LITTLE_ENDIAN);
            return checksum(bytes.slice(0, length)) == bytes.getLong(length)
                    ? Optional.of(bytes.slice(0, length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asFloatBuffer())
                    : Optional.empty();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    private static void write(Path file, float[][] vectors, int numbers) throws IOException {
        int length = numbers * Float.BYTES;
        ByteBuffer buffer = ByteBuffer.allocate(length + CHECKSUM_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer floats = buffer.asFloatBuffer();
        for (float[] vector : vectors) {
            floats.put(vector);
        }
        buffer.putLong(length, checksum(buffer.slice(0, length)));
        Path part = file.resolveSibling("." + UUID.randomUUID() + ".part");
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
                out.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static long checksum(ByteBuffer bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return checksum.getValue();
    }
}
