package dev.finetide.kit.watch;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// Drill 13: readers of a watch that are slow, or that read nothing at all, hold no memory and nobody up.
class SlowReaderTest {
    private static final int BYTES = 50_000;
    private static final int UPDATES = 16_000;
    private static final int STEP = 250;

    private record Update(long sequence, byte[] body) {}

    private final AtomicLong newest = new AtomicLong();
    private final Feeds<Update> feeds = new Feeds<>((_, after) -> page(after), Update::sequence, _ -> false);

    private List<Update> page(long after) {
        List<Update> page = new ArrayList<>();
        for (long next = after + 1; next <= Math.min(newest.get(), after + Feeds.PAGE); next++) {
            page.add(new Update(next, new byte[BYTES]));
        }
        return page;
    }

    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void aReaderThatStandsStillCostsNoMoreThanTheNewestUpdates() throws Exception {
        long before = usedBytes();
        AtomicLong quick = new AtomicLong();
        List<WatchSource<Update>> still = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            still.add(feeds.watch("r", 0));
        }
        Thread reader = Thread.ofVirtual().start(() -> {
            try (WatchSource<Update> source = feeds.watch("r", 0)) {
                while (source.hasNext()) {
                    quick.set(source.next().sequence());
                }
            }
        });
        for (long sequence = STEP; sequence <= UPDATES; sequence += STEP) {
            newest.set(sequence);
            feeds.notified("r");
            long seen = sequence;
            await().pollInterval(Duration.ofMillis(5)).until(() -> quick.get() >= seen);
        }
        // All updates have 800 MB, the newest 500 have 25 MB.
        assertThat((usedBytes() - before) >> 20).as("MiB").isLessThan(100);
        for (WatchSource<Update> source : still) {
            assertThat(source.hasNext()).isTrue();
            assertThat(source.next().sequence()).as("nothing is left out").isEqualTo(1);
            source.close();
        }
        reader.interrupt();
        reader.join();
    }
}
