package dev.finetide.kit.blob;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.time.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CollectionTickerTest {
    private final List<String> calls = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong(-5);

    private final BlobStore failing = (BlobStore) Proxy.newProxyInstance(
            BlobStore.class.getClassLoader(), new Class<?>[] {BlobStore.class}, (_, method, arguments) -> {
                calls.add(method.getName() + (arguments == null ? "" : arguments[0]));
                throw new IOException("away");
            });

    private BlobCollection collection(String prefix) {
        return new BlobCollection(
                failing, prefix, 1, Duration.ZERO, Set::of, new SimpleMeterRegistry(), new ManualClock());
    }

    @Test
    void abandonedFilesGoAtEachTickAndBlobsAtTheirTimeWhateverFails() {
        CollectionTicker.Task task = new CollectionTicker.Task(
                failing, List.of(collection("a/"), collection("b/")), Duration.ofNanos(10), nanos::get);

        task.tick();
        nanos.addAndGet(9);
        task.tick();
        assertThat(calls).containsExactly("deleteAbandoned", "lista/", "listb/", "deleteAbandoned");

        calls.clear();
        nanos.addAndGet(1);
        task.tick();
        assertThat(calls).containsExactly("deleteAbandoned", "lista/", "listb/");
    }
}
