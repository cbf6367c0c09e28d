package dev.finetide.blobs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// A store for tests, which passes the same [BlobStoreContract] as the real stores.
public final class InMemoryBlobStore implements BlobStore {

    private final Map<String, byte[]> blobs = new ConcurrentSkipListMap<>();
    private final Map<String, Instant> modified = new ConcurrentHashMap<>();
    private final Clock clock;

    public InMemoryBlobStore() {
        this(Clock.systemUTC());
    }

    /// @param clock clock of the times at which blobs came
    public InMemoryBlobStore(Clock clock) {
        this.clock = clock;
    }

    @Override
    public BlobRef put(String key, InputStream content) throws IOException {
        BlobKeys.requireKey(key);
        byte[] bytes = content.readAllBytes();
        BlobRef blob = refOf(key, bytes);
        byte[] stored = blobs.putIfAbsent(key, bytes);
        if (stored != null && !refOf(key, stored).equals(blob)) {
            throw new BlobConflictException(refOf(key, stored), blob);
        }
        modified.putIfAbsent(key, clock.instant());
        return blob;
    }

    @Override
    public BlobRef putContent(BlobRef announced, InputStream content) throws IOException {
        BlobKeys.requireContent(announced);
        blobs.put(announced.key(), new VerifyingInputStream(content, announced).readAllBytes());
        modified.put(announced.key(), clock.instant());
        return announced;
    }

    @Override
    public InputStream open(BlobRef blob) throws IOException {
        byte[] bytes = blobs.get(blob.key());
        if (bytes == null) {
            throw new BlobNotFoundException(blob.key());
        }
        if (bytes.length != blob.size()) {
            throw BlobCorruptException.size(blob, Long.toString(bytes.length));
        }
        return new VerifyingInputStream(new ByteArrayInputStream(bytes), blob);
    }

    @Override
    public Optional<BlobRef> stat(String key) {
        BlobKeys.requireKey(key);
        return Optional.ofNullable(blobs.get(key)).map(bytes -> refOf(key, bytes));
    }

    @Override
    public boolean exists(String key) {
        return blobs.containsKey(BlobKeys.requireKey(key));
    }

    @Override
    public List<BlobEntry> list(String prefix) {
        String start = prefix.isEmpty() ? "" : BlobKeys.requirePrefix(prefix);
        return blobs.entrySet().stream()
                .filter(e -> e.getKey().startsWith(start))
                .map(e -> new BlobEntry(
                        e.getKey(), e.getValue().length, modified.getOrDefault(e.getKey(), Instant.EPOCH)))
                .toList();
    }

    @Override
    public void delete(String prefix) {
        BlobKeys.requirePrefix(prefix);
        blobs.keySet().removeIf(key -> key.startsWith(prefix));
        modified.keySet().removeIf(key -> key.startsWith(prefix));
    }

    @Override
    public void deleteBlob(String key) {
        blobs.remove(BlobKeys.requireKey(key));
        modified.remove(key);
    }

    @Override
    public void deleteAbandoned() {}

    /// Flips one bit of a stored blob, as a bad disk might.
    public void corrupt(String key) {
        blobs.computeIfPresent(key, (k, bytes) -> {
            byte[] changed = bytes.clone();
            changed[changed.length / 2] ^= 1;
            return changed;
        });
    }

    private static BlobRef refOf(String key, byte[] bytes) {
        return new BlobRef(key, bytes.length, Sha256.hex(bytes));
    }
}
