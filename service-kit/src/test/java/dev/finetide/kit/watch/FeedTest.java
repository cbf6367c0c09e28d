package dev.finetide.kit.watch;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FeedTest {
    private static final String RUN = "projects/default/trainingRuns/r1";

    private final StoredUpdates store = new StoredUpdates();
    private final Feeds<Long> feeds = store.feeds();
    private final List<Watcher> watchers = new ArrayList<>();

    @AfterEach
    void leave() {
        watchers.forEach(Watcher::close);
    }

    private Watcher watch(long after) {
        Watcher watcher = new Watcher(feeds.watch(RUN, after));
        watchers.add(watcher);
        return watcher;
    }

    private static List<Long> upTo(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    private static void awaitAll(List<Watcher> watchers, long... updates) {
        List<Long> expected = LongStream.of(updates).boxed().toList();
        await().untilAsserted(() -> assertThat(watchers)
                .allSatisfy(watcher -> assertThat(watcher.seen()).isEqualTo(expected)));
    }

    @Test
    void aWakeUpReadsOnceForAllViewersAndAsksOnceForTheEnd() {
        // Given
        store.appendUpTo(3);
        List<Watcher> many = IntStream.range(0, 500).mapToObj(_ -> watch(0)).toList();
        awaitAll(many, 1, 2, 3);
        int before = awaitQuiet();
        int endsBefore = store.endsAsked.get();
        // When
        store.appendUpTo(5);
        feeds.notified(RUN);
        // Then
        awaitAll(many, 1, 2, 3, 4, 5);
        assertThat(awaitQuiet()).isEqualTo(before + 1);
        assertThat(store.endsAsked).hasValue(endsBefore + 1);
    }

    @Test
    void viewersOfAQuietResourceMakeNoQuery() {
        store.appendUpTo(3);
        IntStream.range(0, 500).forEach(_ -> watch(3));
        int before = awaitQuiet();
        feeds.notified("projects/default/trainingRuns/another");
        assertThat(awaitQuiet()).isEqualTo(before);
    }

    @Test
    void aViewerFarBehindReadsPagesByItselfUntilItHasCaughtUp() {
        // Given
        store.appendUpTo(2_345);
        Watcher current = watch(2_345);
        awaitQuiet();
        // When
        Watcher behind = watch(0);
        store.appendUpTo(2_400);
        feeds.notified(RUN);
        // Then
        await().untilAsserted(() -> assertThat(behind.seen()).isEqualTo(upTo(1, 2_400)));
        await().untilAsserted(() -> assertThat(current.seen()).isEqualTo(upTo(2_346, 2_400)));
    }

    @Test
    void aSlowViewerFindsInTheStoreWhatMemoryNoLongerHolds() {
        // Given
        store.appendUpTo(1);
        try (WatchSource<Long> slow = feeds.watch(RUN, 0)) {
            assertThat(slow.next()).isEqualTo(1);
            Watcher quick = watch(1);
            // When
            for (long sequence = 2; sequence <= 3_000; sequence += 100) {
                store.appendUpTo(sequence);
                feeds.notified(RUN);
                long newest = sequence;
                await().untilAsserted(() -> assertThat(quick.seen()).endsWith(newest));
            }
            // Then
            List<Long> seen = new ArrayList<>();
            for (int i = 0; i < 2_901; i++) {
                seen.add(slow.next());
            }
            assertThat(seen).isEqualTo(upTo(2, 2_902));
        }
    }

    @Test
    void aWakeUpWithMoreThanAPageLosesNothing() {
        Watcher watcher = watch(0);
        awaitQuiet();
        store.appendUpTo(1_777);
        feeds.notified(RUN);
        await().untilAsserted(() -> assertThat(watcher.seen()).isEqualTo(upTo(1, 1_777)));
    }

    @Test
    void theEndOfTheResourceEndsEveryWatchAfterItsLastUpdate() {
        // Given
        store.appendUpTo(2);
        Watcher early = watch(0);
        Watcher ahead = watch(100);
        awaitQuiet();
        // When
        store.appendUpTo(4);
        store.end();
        feeds.notified(RUN);
        // Then
        await().untilAsserted(
                        () -> assertThat(early.hasEnded() && ahead.hasEnded()).isTrue());
        Watcher late = watch(0);
        await().untilAsserted(() -> assertThat(late.hasEnded()).isTrue());
        assertThat(early.seen()).containsExactly(1L, 2L, 3L, 4L);
        assertThat(late.seen()).isEqualTo(early.seen());
        assertThat(ahead.seen()).isEmpty();
    }

    @Test
    void aSequenceThatTheResourceHasNotReachedCostsTheOthersNothing() {
        // Given
        store.appendUpTo(2);
        Watcher ahead = watch(1_000_000);
        awaitQuiet();
        List<Watcher> others = IntStream.range(0, 50).mapToObj(_ -> watch(2)).toList();
        int before = awaitQuiet();
        // When
        store.appendUpTo(3);
        feeds.notified(RUN);
        // Then
        awaitAll(others, 3);
        assertThat(awaitQuiet()).isEqualTo(before + 1);
        assertThat(ahead.seen()).isEmpty();
    }

    @Test
    void aStoreThatIsAwayOnceIsReadAgain() {
        // Given
        store.appendUpTo(2);
        Watcher watcher = watch(2);
        awaitQuiet();
        // When
        store.failOnce(new IllegalStateException(new SQLTransientConnectionException("on purpose")));
        store.appendUpTo(3);
        feeds.notified(RUN);
        // Then
        await().untilAsserted(() -> assertThat(watcher.seen()).containsExactly(3L));
    }

    @Test
    void aBugEndsTheWatchesOfTheResourceAndTheNextOnesBeginAgain() {
        // Given
        store.appendUpTo(2);
        Watcher watcher = watch(2);
        awaitQuiet();
        // When
        store.failOnce(new IllegalStateException("on purpose"));
        feeds.notified(RUN);
        // Then
        await().untilAsserted(() -> assertThat(watcher.failure()).isPresent());
        Watcher next = watch(0);
        await().untilAsserted(() -> assertThat(next.seen()).containsExactly(1L, 2L));
    }

    @Test
    void nothingIsReadOnceTheLastViewerHasLeft() {
        watch(0).close();
        int before = awaitQuiet();
        feeds.notified(RUN);
        feeds.resumed();
        assertThat(awaitQuiet()).isEqualTo(before);
    }

    @Test
    void aNegativeSequenceIsRefused() {
        assertThatThrownBy(() -> feeds.watch(RUN, -1))
                .isInstanceOf(ApiException.class)
                .hasMessage("after_sequence: expected 0 or more, got -1");
    }

    @Test
    void viewersThatComeAndGoWhileUpdatesComeMissAndRepeatNothing() {
        // Given
        int updates = 4_000;
        Thread.startVirtualThread(() -> {
            for (long sequence = 1; sequence <= updates; sequence++) {
                store.appendUpTo(sequence);
                if (sequence == updates) {
                    store.end();
                }
                feeds.notified(RUN);
                Thread.yield();
            }
        });
        // When
        List<Watcher> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Watcher watcher = watch(i % 2 == 0 ? 0 : store.newest() + i % 3);
            if (i % 5 == 4) {
                watcher.close();
            } else {
                all.add(watcher);
            }
        }
        // Then
        await().until(() -> all.stream().allMatch(Watcher::hasEnded));
        for (Watcher watcher : all) {
            List<Long> seen = watcher.seen();
            if (!seen.isEmpty()) {
                assertThat(seen).isEqualTo(upTo(seen.getFirst(), updates));
            }
        }
    }

    /// Waits until no query has been made for a while.
    ///
    /// @return number of pages that were read so far
    private int awaitQuiet() {
        int[] last = {-1};
        await().during(200, TimeUnit.MILLISECONDS).until(() -> {
            int now = store.pagesRead.get();
            boolean same = now == last[0];
            last[0] = now;
            return same;
        });
        return last[0];
    }
}
