package dev.finetide.worker;

import dev.finetide.proto.blob.v1.BlobFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// The digest of a set of files: SHA-256 (hex) over the lines `<sha256>  <path>\n`, sorted by path.
final class FileDigests {
    private FileDigests() {}

    static String of(List<BlobFile> files) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            files.stream()
                    .sorted(Comparator.comparing(BlobFile::getPath))
                    .forEach(file -> sha.update(
                            (file.getSha256() + "  " + file.getPath() + "\n").getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
