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
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// Deletes the blobs below a prefix of the blob store that nothing needs and that no writer has touched
/// for a grace time. They go in units: folders that belong to one resource, or single blobs.
///
/// The listing comes before the question what is needed. So a unit that is written meanwhile is not in
/// the list, and a unit in the list is kept if it is needed by then. A resource that begins must be
/// known to the owner before its first blob is written. Deletions may be cut off at any point, and be
/// repeated: what is left of a unit is still not needed. Used by one thread.
///
/// Invariants: `finetide.blobs.collected` and `finetide.blobs.collected.bytes` only grow with blobs
/// that are gone. `finetide.blobs.stored` is the size at the last look, NaN before the first.
public final class BlobCollection {
    private static final Logger LOG = Logger.getLogger(BlobCollection.class);

    private final BlobStore blobs;
    private final String prefix;
    private final Function<String, Optional<String>> unit;
    private final Duration grace;
    private final Owner owner;
    private final Clock clock;
    private final Counter collectedBlobs;
    private final Counter collectedBytes;
    private volatile double storedBytes = Double.NaN;

    /// Knows what must stay.
    public interface Owner {
        /// Returns the units that must stay.
        ///
        /// @param old units that no writer has touched for the grace time
        Set<String> needed(Set<String> old);

        /// Deletes a unit, unless somebody has begun to need it since. Returns whether it did.
        default boolean delete(String unit, Deletion deletion) throws IOException {
            deletion.run();
            return true;
        }
    }

    /// The deletion of one unit.
    public interface Deletion {
        void run() throws IOException;
    }

    /// The blobs of a unit.
    private record Unit(int blobs, long bytes, Instant newest) {
        Unit with(BlobEntry blob) {
            return new Unit(blobs + 1, bytes + blob.size(), blob.modified().isAfter(newest) ? blob.modified() : newest);
        }
    }

    /// Counts of one collection.
    ///
    /// @param folders   units that are gone
    /// @param keptBytes bytes that stay below the prefix
    public record Collected(int folders, int blobs, long bytes, long keptBytes) {}

    /// Collects folders that lie at one depth.
    ///
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
        this(blobs, prefix, key -> folder(key, depth), grace, _ -> referenced.get(), meters, clock);
    }

    /// Collects units of any form.
    ///
    /// @param prefix prefix with its closing `/`
    /// @param unit   returns the unit of a key: a folder with its closing `/`, or the key itself; empty
    ///     for blobs that
    ///     stay whatever happens
    /// @param grace  time after the newest blob of a unit before which the unit stays
    public BlobCollection(
            BlobStore blobs,
            String prefix,
            Function<String, Optional<String>> unit,
            Duration grace,
            Owner owner,
            MeterRegistry meters,
            Clock clock) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("the grace time of blobs: expected 0 or more, got " + grace);
        }
        this.blobs = blobs;
        this.prefix = prefix;
        this.unit = unit;
        this.grace = grace;
        this.owner = owner;
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
        Map<String, Unit> listed = listed();
        long keptBytes = listed.values().stream().mapToLong(Unit::bytes).sum();
        storedBytes = keptBytes;
        Instant before = clock.instant().minus(grace);
        listed.values().removeIf(one -> one.newest().isAfter(before));
        Set<String> needed = listed.isEmpty() ? Set.of() : owner.needed(Set.copyOf(listed.keySet()));
        int units = 0;
        int count = 0;
        long bytes = 0;
        for (Map.Entry<String, Unit> entry : listed.entrySet()) {
            Unit one = entry.getValue();
            if (!needed.contains(entry.getKey()) && owner.delete(entry.getKey(), () -> delete(entry.getKey()))) {
                collectedBlobs.increment(one.blobs());
                collectedBytes.increment(one.bytes());
                units++;
                count += one.blobs();
                bytes += one.bytes();
                keptBytes -= one.bytes();
                storedBytes = keptBytes;
            }
        }
        if (count > 0) {
            LOG.infof("blobs collected prefix=%s units=%d blobs=%d bytes=%d", prefix, units, count, bytes);
        }
        return new Collected(units, count, bytes, keptBytes);
    }

    private void delete(String key) throws IOException {
        if (key.endsWith("/")) {
            blobs.delete(key);
        } else {
            blobs.deleteBlob(key);
        }
    }

    private Map<String, Unit> listed() throws IOException {
        Map<String, Unit> units = new TreeMap<>();
        for (BlobEntry blob : blobs.list(prefix)) {
            unit.apply(blob.key())
                    .ifPresent(key -> units.merge(
                            key, new Unit(0, 0, Instant.EPOCH).with(blob), (earlier, _) -> earlier.with(blob)));
        }
        return units;
    }

    /// Returns the folder of a blob; nothing for a blob that lies above all folders, which stays.
    private static Optional<String> folder(String key, int depth) {
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
