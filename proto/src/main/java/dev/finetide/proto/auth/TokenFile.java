package dev.finetide.proto.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Reads a secret from a file, again whenever the file has changed. Thread-safe.
public final class TokenFile {
    private final Path file;
    private FileTime time;
    private long size;
    private String content = "";

    public TokenFile(Path file) {
        this.file = file;
    }

    /// Returns the file's text without white space around it.
    ///
    /// @throws IOException if the file cannot be read, is empty, or may be read by every user of the machine; the
    ///     message names the file and never its text
    public synchronized String read() throws IOException {
        FileTime now = Files.getLastModifiedTime(file);
        long bytes = Files.size(file);
        if (!now.equals(time) || bytes != size) {
            requireClosed(file);
            String read = Files.readString(file).strip();
            if (read.isEmpty()) {
                throw new IOException(file + " is empty, expected a token");
            }
            content = read;
            time = now;
            size = bytes;
        }
        return content;
    }

    /// Refuses a file that users beyond its owner and group may read or write.
    ///
    /// @throws IOException naming the file, its mode and the mode that is expected
    public static void requireClosed(Path file) throws IOException {
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
        if (rights.contains(PosixFilePermission.OTHERS_READ) || rights.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException(file + " has mode " + PosixFilePermissions.toString(rights)
                    + ", which lets every user of this machine in; expected rw------- (chmod 600)");
        }
    }
}
