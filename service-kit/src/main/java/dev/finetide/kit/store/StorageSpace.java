package dev.finetide.kit.store;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// Tells which disks of this service are full: that of PostgreSQL, of a blob store that is a directory, and of
/// temporary files. A bucket tells by its refusals alone. Thread-safe.
@Singleton
public final class StorageSpace {
    private static final Logger LOG = Logger.getLogger(StorageSpace.class);
    private static final long LEAST_BYTES = 1 << 20;

    /// The parts whose disks may be full, as errors, metrics and health name them.
    public static final List<String> PARTS = List.of("postgresql", "blobs", "temporary");

    private final Database database;
    private final URI blobs;
    private final Path temporary;

    public StorageSpace(
            Database database,
            @ConfigProperty(name = "finetide.blobs.uri") URI blobs,
            @ConfigProperty(name = "java.io.tmpdir") Path temporary) {
        this.database = database;
        this.blobs = blobs;
        this.temporary = temporary;
    }

    /// Returns the parts without room, in the order of [#PARTS].
    public List<String> full() {
        List<String> full = new ArrayList<>();
        if (database.disk().isFull()) {
            full.add("postgresql");
        }
        if ("file".equals(blobs.getScheme()) && isFull(Path.of(blobs))) {
            full.add("blobs");
        }
        if (isFull(temporary)) {
            full.add("temporary");
        }
        return full;
    }

    private static boolean isFull(Path directory) {
        Path present = directory.toAbsolutePath();
        while (present.getParent() != null && !Files.exists(present)) {
            present = present.getParent(); // a blob store makes its directory with its first blob
        }
        try {
            return Files.getFileStore(present).getUsableSpace() < LEAST_BYTES;
        } catch (IOException unknown) {
            LOG.debug("free space cannot be read: " + unknown);
            return false;
        }
    }
}
