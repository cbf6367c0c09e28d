package dev.finetide.proto.blob;

import dev.finetide.proto.blob.v1.BlobFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// The files of an immutable resource: a base, an adapter, a full model. Part of the contract, because whoever
/// writes the files and whoever reads them must come to the same digest.
public final class FileSet {
    private FileSet() {}

    /// One digest for all files: lower-case hex SHA-256 over the UTF-8 lines of `sha256sum` (digest, two spaces,
    /// path, newline), sorted by path.
    public static String digest(List<BlobFile> files) {
        MessageDigest digest = sha256();
        files.stream()
                .sorted(Comparator.comparing(BlobFile::getPath))
                .map(file -> file.getSha256() + "  " + file.getPath() + "\n")
                .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
