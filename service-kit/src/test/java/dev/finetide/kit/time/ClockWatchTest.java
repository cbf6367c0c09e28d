package dev.finetide.kit.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClockWatchTest {
    private final ManualClock clock = new ManualClock();
    private final AtomicInteger left = new AtomicInteger();
    private final ClockWatch watch = new ClockWatch(clock, clock::moment, left::incrementAndGet);

    @Test
    void aClockThatIsSetBackEndsTheServiceOnce() {
        pass();
        clock.step(Duration.ofMinutes(-10));
        pass();
        assertThat(left).hasValue(1);
    }

    @Test
    void aClockThatIsSetForwardOrALittleEndsNothing() {
        clock.step(Duration.ofMinutes(10));
        pass();
        for (int i = 0; i < 20; i++) {
            clock.step(Duration.ofMillis(-500));
            pass();
        }
        assertThat(left).hasValue(0);
    }

    @Test
    void aMachineThatSleptIsNoStepBack() {
        clock.advance(Duration.ofHours(8));
        pass();
        assertThat(left).hasValue(0);
    }

    private void pass() {
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(1));
            watch.check();
        }
    }
}
