package dev.finetide.proto.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Reads a token from a file, which its owner may replace at any time.
public final class TokenFile {
    private TokenFile() {}

    /// Returns the file's text without white space around it.
    ///
    /// @throws IOException if the file cannot be read, is empty, or may be read or written by every user of the
    ///     machine; the message names the file and never its text
    public static String read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "expected a file with a token, found none");
        }
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
        if (rights.contains(PosixFilePermission.OTHERS_READ) || rights.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException(file + " has mode " + PosixFilePermissions.toString(rights)
                    + ", which lets every user of this machine in; expected rw------- (chmod 600)");
        }
        String token = Files.readString(file).strip();
        if (token.isEmpty()) {
            throw new IOException(file + " is empty, expected a token");
        }
        return token;
    }
}
