package dev.finetide.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/// Makes passwords, and files that only their owner may read.
public final class SecretFile {
    private static final int PASSWORD_BYTES = 24;
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final SecureRandom RANDOM = new SecureRandom();

    private SecretFile() {}

    /// Returns a new random password of 48 hexadecimal digits.
    public static String newPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /// Replaces a file in one step. The file has mode 0600 from its first byte on.
    public static void write(Path file, String content) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(aside);
        try (var out = Files.newByteChannel(
                aside,
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER))) {
            out.write(StandardCharsets.UTF_8.encode(content));
        }
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Reads a file that must be its owner's alone.
    ///
    /// @throws StartFailedException if the mode gives anybody else a right
    public static String read(Path file) throws IOException {
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
        if (!OWNER.containsAll(rights)) {
            throw new StartFailedException(file + " has mode " + PosixFilePermissions.toString(rights)
                    + ", expected rw-------: other users may have read its passwords; delete the file, and the next"
                    + " start makes new ones");
        }
        return Files.readString(file);
    }

    /// Closes a directory to all other users.
    public static void close(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
}
