package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WriterWatchTest {
    private static final Duration EVERY = Duration.ofMillis(5);
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final List<String> left = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicBoolean done = new AtomicBoolean();

    @Test
    void aWorkerThatIsRefusedLeaves() {
        try (WriterWatch _ = watch(() -> asked.incrementAndGet() < 5 ? Optional.empty() : Optional.of("taken over"))) {
            await().atMost(LIMIT).until(() -> !left.isEmpty());
        }
        assertThat(left).contains("taken over");
        assertThat(asked.get()).isGreaterThanOrEqualTo(5);
    }

    @Test
    void aWorkerWhoseServiceFailsGoesOnAndAsksAgain() {
        try (WriterWatch _ = watch(() -> {
            if (asked.incrementAndGet() < 5) {
                throw new IllegalStateException("no answer");
            }
            return Optional.empty();
        })) {
            await().atMost(LIMIT).until(() -> asked.get() > 10);
        }
        assertThat(left).isEmpty();
    }

    @Test
    void aRunThatItsLastReportEndedMeanwhileIsNoReasonToLeave() {
        try (WriterWatch _ = watch(() -> {
            asked.incrementAndGet();
            done.set(true);
            return Optional.of("it has ended");
        })) {
            await().atMost(LIMIT).until(() -> asked.get() == 1);
            // Longer than the time after which it would ask again.
            await().during(EVERY.multipliedBy(20)).atMost(LIMIT).until(() -> asked.get() == 1 && left.isEmpty());
        }
    }

    private WriterWatch watch(java.util.function.Supplier<Optional<String>> refusal) {
        return new WriterWatch(EVERY, refusal, done::get, left::add);
    }
}
