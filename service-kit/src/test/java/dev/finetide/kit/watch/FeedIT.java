package dev.finetide.kit.watch;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.store.TestSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tests watches of two replicas on one schema; the test itself is the replica that writes.
class FeedIT {
    private static final String RUN = "projects/default/trainingRuns/r1";

    private final Database database = TestSchema.fresh();
    private final AtomicInteger queries = new AtomicInteger();
    private final Notifications first = new Notifications(database);
    private final Notifications second = new Notifications(database);
    private final List<Feeds<Long>> replicas = List.of(feeds(first), feeds(second));
    private final List<Watcher> watchers = new ArrayList<>();

    @BeforeEach
    void start() {
        database.with(handle -> handle.execute("create table updates (sequence bigint primary key, ended boolean)"));
        first.start();
        second.start();
        await().until(() -> listeners() == 2);
    }

    @AfterEach
    void stop() throws InterruptedException {
        watchers.forEach(Watcher::close);
        first.close();
        second.close();
    }

    private Feeds<Long> feeds(Notifications notifications) {
        return Feeds.wokenBy(notifications, (_, sequence) -> after(sequence), Long::longValue, _ -> hasEnded());
    }

    private List<Long> after(long sequence) {
        queries.incrementAndGet();
        return database.with(handle -> handle.createQuery(
                        "select sequence from updates where sequence > :sequence order by sequence limit :limit")
                .bind("sequence", sequence)
                .bind("limit", Feeds.PAGE)
                .mapTo(Long.class)
                .list());
    }

    private boolean hasEnded() {
        queries.incrementAndGet();
        return database.with(handle -> handle.createQuery("select exists (select from updates where ended)")
                .mapTo(Boolean.class)
                .one());
    }

    /// Writes as a store does: row and notification in one transaction.
    private void append(long sequence, boolean ended) {
        database.transact(() -> {
            database.with(handle -> handle.execute("insert into updates values (?, ?)", sequence, ended));
            Notifications.send(database, Notifications.Channel.UPDATES, RUN);
            return null;
        });
    }

    private Watcher watch(int replica, long after) {
        Watcher watcher = new Watcher(replicas.get(replica).watch(RUN, after));
        watchers.add(watcher);
        return watcher;
    }

    /// Counts the connections that listen on this test's schema, by the last statement of each: the channel of projects
    /// is the last.
    private int listeners() {
        return database.with(
                handle -> handle.createQuery("""
                        select count(*) from pg_stat_activity
                        where pid <> pg_backend_pid() and query = 'listen "projects_' || current_schema() || '"'""").mapTo(Integer.class).one());
    }

    private void cutListeners() {
        database.with(handle -> handle.execute("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where pid <> pg_backend_pid() and (query like 'listen "projects_' || current_schema() || '"%'
                    or query = 'select 1')"""));
    }

    private static List<Long> upTo(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void updatesOfAnotherReplicaArriveAtWatchesThatBeganBeforeDuringAndAfterThem() {
        List<Watcher> all = new ArrayList<>();
        all.add(watch(0, 0));
        for (long sequence = 1; sequence <= 200; sequence++) {
            if (sequence % 20 == 0) {
                all.add(watch((int) (sequence / 20) % 2, 0));
            }
            append(sequence, sequence == 200);
        }
        all.add(watch(1, 0));
        await().until(() -> all.stream().allMatch(Watcher::hasEnded));
        all.forEach(watcher -> assertThat(watcher.seen()).isEqualTo(upTo(1, 200)));
    }

    @Test
    void fiveHundredViewersMakeNoQueryWhileNothingHappensAndOneReadingWhenSomethingDoes() {
        // Given
        append(1, false);
        watch(0, 1);
        awaitQuiet();
        List<Watcher> many = IntStream.range(0, 500).mapToObj(_ -> watch(0, 1)).toList();
        awaitQuiet();
        int before = queries.get();
        // When: longer than a check of the listening connection, and than polls would need
        await().during(6, TimeUnit.SECONDS).until(() -> queries.get() == before);
        append(2, false);
        // Then
        await().until(() -> many.stream().allMatch(watcher -> watcher.seen().equals(List.of(2L))));
        awaitQuiet();
        assertThat(queries).as("one page and one question for the end").hasValue(before + 2);
    }

    @Test
    void aWatchGoesOnWhenTheListeningConnectionsAreCut() {
        // Given
        append(1, false);
        Watcher here = watch(0, 0);
        Watcher there = watch(1, 0);
        await().until(() -> here.seen().size() == 1 && there.seen().size() == 1);
        awaitQuiet();
        // When: written while nobody listens, or just before
        cutListeners();
        append(2, false);
        append(3, false);
        // Then
        await().untilAsserted(() -> assertThat(here.seen()).containsExactly(1L, 2L, 3L));
        await().untilAsserted(() -> assertThat(there.seen()).containsExactly(1L, 2L, 3L));
        append(4, true);
        await().until(() -> here.hasEnded() && there.hasEnded());
        assertThat(here.seen()).isEqualTo(there.seen()).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aTransactionThatIsRolledBackWakesNobody() {
        watch(0, 0);
        awaitQuiet();
        int before = queries.get();
        try {
            database.transact(() -> {
                Notifications.send(database, Notifications.Channel.UPDATES, RUN);
                throw new IllegalStateException("rolled back");
            });
        } catch (IllegalStateException expected) {
            await().during(1, TimeUnit.SECONDS).until(() -> queries.get() == before);
        }
        assertThat(queries).hasValue(before);
    }

    private void awaitQuiet() {
        int[] last = {-1};
        await().during(500, TimeUnit.MILLISECONDS).until(() -> {
            int now = queries.get();
            boolean same = now == last[0];
            last[0] = now;
            return same;
        });
    }
}
