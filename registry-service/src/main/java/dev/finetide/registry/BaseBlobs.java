package dev.finetide.registry;

import dev.finetide.blobs.BlobRef;
import dev.finetide.kit.blob.BlobCollection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Knows which files of bases must stay in the blob store. Bases share files by their digests: a file
/// stays while any base names it, or a client was told not long ago that it is there.
final class BaseBlobs implements BlobCollection.Owner {
    /// The folder that holds the files of all bases.
    static final String PREFIX = "sha256/";

    private static final Pattern KEY = Pattern.compile(PREFIX + "[0-9a-f]{2}/([0-9a-f]{64})");

    private final BaseStore store;
    private final Duration grace;

    /// @param grace time after the deletion of a base in which its files stay, because work that began
    ///     before may still read them
    BaseBlobs(BaseStore store, Duration grace) {
        this.store = store;
        this.grace = grace;
    }

    /// Returns the key itself if it is that of a file.
    static Optional<String> file(String key) {
        return KEY.matcher(key).matches() ? Optional.of(key) : Optional.empty();
    }

    @Override
    public Set<String> needed(Set<String> old) {
        store.forgetHeld();
        Set<String> needed = new HashSet<>(old);
        needed.retainAll(store.named(grace).stream()
                .map(sha256 -> BlobRef.ofContent(0, sha256).key())
                .collect(Collectors.toSet()));
        return needed;
    }

    @Override
    public boolean delete(String key, BlobCollection.Deletion deletion) throws IOException {
        Matcher file = KEY.matcher(key);
        if (!file.matches()) {
            return false;
        }
        try {
            return store.transact(() -> {
                if (!store.lockUnheld(file.group(1))) {
                    return false;
                }
                store.disown(file.group(1));
                try {
                    deletion.run();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return true;
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
