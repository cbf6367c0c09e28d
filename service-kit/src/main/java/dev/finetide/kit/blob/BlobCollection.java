package dev.finetide.kit.blob;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.blobs.BlobStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// Deletes the folders below a prefix of the blob store that nothing refers to and that no writer has
/// touched for a grace time. A folder goes as a whole: it belongs to one resource.
///
/// The listing comes before the question what is referenced. So a folder that is written meanwhile is
/// not in the list, and a folder in the list is kept if it is referenced by then. A resource that begins
/// must be referenced before its first blob is written. Deletions may be cut off at any point, and be
/// repeated: what is left of a folder is still not referenced. Used by one thread.
///
/// Invariants: `finetide.blobs.collected` and `finetide.blobs.collected.bytes` only grow with blobs that
/// are gone. `finetide.blobs.stored` is the size at the last look, NaN before the first.
public final class BlobCollection {
    private static final Logger LOG = Logger.getLogger(BlobCollection.class);

    private final BlobStore blobs;
    private final String prefix;
    private final int depth;
    private final Duration grace;
    private final Supplier<Set<String>> referenced;
    private final Clock clock;
    private final Counter collectedBlobs;
    private final Counter collectedBytes;
    private volatile double storedBytes = Double.NaN;

    /// A folder of the store.
    private record Folder(int blobs, long bytes, Instant newest) {
        Folder with(BlobEntry blob) {
            return new Folder(
                    blobs + 1, bytes + blob.size(), blob.modified().isAfter(newest) ? blob.modified() : newest);
        }
    }

    /// Counts of one collection.
    ///
    /// @param keptBytes bytes that stay below the prefix
    public record Collected(int folders, int blobs, long bytes, long keptBytes) {}

    /// @param prefix     prefix with its closing `/`: "datasets/"
    /// @param depth      number of segments of a folder's key: 4 for
    ///     "datasets/{project}/{dataset}/{id}/"
    /// @param grace      time after the newest blob of a folder before which the folder stays
    /// @param referenced returns the folders that must stay, each with its closing `/`
    public BlobCollection(
            BlobStore blobs,
            String prefix,
            int depth,
            Duration grace,
            Supplier<Set<String>> referenced,
            MeterRegistry meters,
            Clock clock) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("the grace time of blobs: expected 0 or more, got " + grace);
        }
        this.blobs = blobs;
        this.prefix = prefix;
        this.depth = depth;
        this.grace = grace;
        this.referenced = referenced;
        this.clock = clock;
        this.collectedBlobs = Counter.builder("finetide.blobs.collected")
                .description("Blobs deleted because nothing referred to them")
                .tag("prefix", prefix)
                .register(meters);
        this.collectedBytes = Counter.builder("finetide.blobs.collected")
                .baseUnit("bytes")
                .description("Bytes of blobs deleted because nothing referred to them")
                .tag("prefix", prefix)
                .register(meters);
        Gauge.builder("finetide.blobs.stored", this, collection -> collection.storedBytes)
                .baseUnit("bytes")
                .description("Bytes below a prefix of the blob store, at the last look")
                .tag("prefix", prefix)
                .strongReference(true)
                .register(meters);
    }

    /// Lists the store and deletes what nobody needs.
    public Collected collect() throws IOException {
        Map<String, Folder> listed = listed();
        Set<String> kept = referenced.get();
        Instant before = clock.instant().minus(grace);
        int folders = 0;
        int count = 0;
        long bytes = 0;
        long keptBytes = listed.values().stream().mapToLong(Folder::bytes).sum();
        storedBytes = keptBytes;
        for (Map.Entry<String, Folder> entry : listed.entrySet()) {
            Folder folder = entry.getValue();
            if (!kept.contains(entry.getKey()) && !folder.newest().isAfter(before)) {
                blobs.delete(entry.getKey());
                collectedBlobs.increment(folder.blobs());
                collectedBytes.increment(folder.bytes());
                folders++;
                count += folder.blobs();
                bytes += folder.bytes();
                keptBytes -= folder.bytes();
                storedBytes = keptBytes;
            }
        }
        if (count > 0) {
            LOG.infof("blobs collected prefix=%s folders=%d blobs=%d bytes=%d", prefix, folders, count, bytes);
        }
        return new Collected(folders, count, bytes, keptBytes);
    }

    private Map<String, Folder> listed() throws IOException {
        Map<String, Folder> folders = new TreeMap<>();
        for (BlobEntry blob : blobs.list(prefix)) {
            folder(blob.key())
                    .ifPresent(folder -> folders.merge(
                            folder, new Folder(0, 0, Instant.EPOCH).with(blob), (earlier, _) -> earlier.with(blob)));
        }
        return folders;
    }

    /// Returns the folder of a blob; nothing for a blob that lies above all folders, which stays.
    private Optional<String> folder(String key) {
        int end = -1;
        for (int i = 0; i < depth; i++) {
            end = key.indexOf('/', end + 1);
            if (end < 0) {
                return Optional.empty();
            }
        }
        return Optional.of(key.substring(0, end + 1));
    }
}
