package dev.finetide.kit.attempt;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TickerIT {
    private static final Duration EVERY = Duration.ofMillis(50);

    private final Database database = TestSchema.fresh();

    @Test
    void oneOfTwoTicksAndTheOtherTakesOverWhenItsConnectionIsCut() throws InterruptedException {
        Counter first = new Counter();
        Counter second = new Counter();
        try (Ticker leader = new Ticker(database, EVERY, first);
                Ticker waiting = new Ticker(database, EVERY, second)) {
            leader.start();
            await().until(() -> first.ticks.get() > 3);
            waiting.start();
            int ticks = first.ticks.get();
            await().until(() -> first.ticks.get() > ticks + 5);
            assertThat(second.takeOvers).hasValue(0);
            database.with(handle -> handle.execute("""
                    select pg_terminate_backend(pid) from pg_locks
                    where locktype = 'advisory' and granted and pid <> pg_backend_pid()"""));
            await().until(() -> first.takeOvers.get() + second.takeOvers.get() == 2);
            await().until(() -> first.ticks.get() + second.ticks.get() > ticks + 10);
        }
    }

    @Test
    void aFailedTickIsNotTheLast() throws InterruptedException {
        Counter counter = new Counter();
        counter.failures.set(2);
        try (Ticker ticker = new Ticker(database, EVERY, counter)) {
            ticker.start();
            await().until(() -> counter.ticks.get() > 5);
            assertThat(counter.takeOvers).hasValue(1);
        }
    }

    @Test
    void aNudgeDoesNotWait() throws InterruptedException {
        Counter counter = new Counter();
        try (Ticker ticker = new Ticker(database, Duration.ofHours(1), counter)) {
            ticker.start();
            await().until(() -> counter.ticks.get() == 1);
            ticker.nudge();
            await().until(() -> counter.ticks.get() == 2);
        }
    }

    private static final class Counter implements Ticker.Task {
        final AtomicInteger takeOvers = new AtomicInteger();
        final AtomicInteger ticks = new AtomicInteger();
        final AtomicInteger failures = new AtomicInteger();

        @Override
        public void takeOver() {
            takeOvers.incrementAndGet();
        }

        @Override
        public void tick() {
            ticks.incrementAndGet();
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("this tick fails on purpose");
            }
        }
    }
}
