package dev.finetide.kit.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.kit.blob.BlobCollection.Collected;
import dev.finetide.kit.time.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BlobCollectionTest {
    private static final Duration DAY = Duration.ofDays(1);

    private final ManualClock clock = new ManualClock();
    private final InMemoryBlobStore blobs = new InMemoryBlobStore(clock);
    private final Set<String> referenced = new HashSet<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private BlobCollection collection(BlobStore store, Supplier<Set<String>> references) {
        return new BlobCollection(store, "datasets/", 3, DAY, references, meters, clock);
    }

    private BlobCollection collection() {
        return collection(blobs, () -> referenced);
    }

    private void put(String key) {
        try {
            blobs.put(key, new ByteArrayInputStream(new byte[10]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Set<String> keys() {
        return new HashSet<>(blobs.list("").stream().map(BlobEntry::key).toList());
    }

    @Test
    void onlyOldFoldersThatNothingRefersToGo() throws IOException {
        put("datasets/p/old/train/0");
        put("datasets/p/old/manifest.json");
        put("datasets/p/kept/train/0");
        put("datasets/p/growing/train/0");
        put("runs/p/old/0");
        referenced.add("datasets/p/kept/");
        clock.advance(DAY);
        put("datasets/p/growing/train/1");
        put("datasets/p/new/train/0");

        Collected collected = collection().collect();

        assertThat(collected).isEqualTo(new Collected(1, 2, 20, 40));
        assertThat(keys())
                .containsExactlyInAnyOrder(
                        "datasets/p/kept/train/0",
                        "datasets/p/growing/train/0",
                        "datasets/p/growing/train/1",
                        "datasets/p/new/train/0",
                        "runs/p/old/0");
        assertThat(meters.get("finetide.blobs.stored").gauge().value()).isEqualTo(40);
    }

    @Test
    void aResourceThatIsPublishedWhileTheStoreIsListedStays() throws IOException {
        put("datasets/p/slow/train/0");
        clock.advance(DAY);
        BlobCollection collection = collection(blobs, () -> {
            // Runs after the listing, as an upload does that ends meanwhile.
            put("datasets/p/late/train/0");
            referenced.add("datasets/p/slow/");
            return referenced;
        });

        assertThat(collection.collect().blobs()).isZero();
        assertThat(keys()).containsExactlyInAnyOrder("datasets/p/slow/train/0", "datasets/p/late/train/0");
    }

    @Test
    void aCollectionThatIsCutOffIsFinishedByTheNext() throws IOException {
        put("datasets/p/a/0");
        put("datasets/p/b/0");
        put("datasets/p/c/0");
        referenced.add("datasets/p/c/");
        clock.advance(DAY);
        int[] deletions = {0};
        BlobStore dying = (BlobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {BlobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("delete") && deletions[0]++ == 1) {
                        throw new IOException("killed");
                    }
                    try {
                        return method.invoke(blobs, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });

        assertThatThrownBy(() -> collection(dying, () -> referenced).collect()).hasMessage("killed");
        assertThat(keys()).containsExactlyInAnyOrder("datasets/p/b/0", "datasets/p/c/0");
        assertThat(collection().collect().blobs()).isEqualTo(1);
        assertThat(keys()).containsExactly("datasets/p/c/0");
    }
}
