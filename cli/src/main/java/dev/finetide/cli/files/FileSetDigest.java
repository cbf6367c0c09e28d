package dev.finetide.cli.files;

import dev.finetide.proto.blob.v1.BlobFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongConsumer;

/// SHA-256, lower-case hex: of a file, and of a set of files as the services define it.
public final class FileSetDigest {
    private static final int BUFFER_BYTES = 1 << 20;

    private FileSetDigest() {}

    /// Over the lines "sha256  path\n", sorted by path.
    public static String of(List<BlobFile> files) {
        MessageDigest digest = sha256();
        files.stream()
                .sorted(Comparator.comparing(BlobFile::getPath))
                .map(file -> file.getSha256() + "  " + file.getPath() + "\n")
                .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
        return hex(digest);
    }

    /// @param readBytes told of each piece that was read
    public static String of(Path file, LongConsumer readBytes) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                readBytes.accept(read);
            }
        }
        return hex(digest);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
