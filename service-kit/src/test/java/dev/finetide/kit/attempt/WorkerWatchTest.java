package dev.finetide.kit.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.time.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerWatchTest {
    private final ManualClock clock = new ManualClock();
    private Optional<Instant> brokerSince = Optional.of(clock.instant());
    private final WorkerWatch watch =
            new WorkerWatch(Duration.ofMinutes(10), Duration.ofSeconds(30), () -> brokerSince, clock);
    private final Attempt launched = Attempt.none(clock.instant()).launched(clock.instant());
    private final Attempt attempt = launched.claimed(clock.instant());

    @Test
    void thirtySecondsOfSilenceMakeAWorkerLost() {
        tickFor(30);
        assertThat(watch.judge(attempt, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(watch.judge(attempt, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aWorkerMayTakeMinutesToStart() {
        tickFor(600);
        assertThat(watch.judge(launched, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(watch.judge(launched, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aWorkerThatEndedBeforeItsFirstWordIsNotWaitedFor() {
        Optional<Workers.Exit> unseen = Optional.of(new Workers.Exit(OptionalInt.empty(), clock.instant()));
        tickFor(1);
        assertThat(watch.judge(launched, unseen, Optional.empty())).isInstanceOf(WorkerVerdict.Lost.class);
        assertThat(watch.judge(attempt, unseen, Optional.empty()))
                .as("its report may be on its way")
                .isInstanceOf(WorkerVerdict.Alive.class);
        Optional<Workers.Exit> success = Optional.of(new Workers.Exit(OptionalInt.of(0), clock.instant()));
        tickFor(1);
        assertThat(watch.judge(launched, success, Optional.empty()))
                .as("an image with another program in it")
                .isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void nobodyIsLostWhileTheBrokerIsAwayNorRightAfter() {
        tickFor(10);
        brokerSince = Optional.empty();
        tickFor(100);
        assertThat(watch.judge(attempt, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Alive.class);
        brokerSince = Optional.of(clock.instant());
        tickFor(29);
        assertThat(watch.judge(attempt, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(2);
        assertThat(watch.judge(attempt, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aPauseBetweenTicksOrAJumpOfTheClockStartsTheSilenceAnew() {
        tickFor(20);
        clock.advance(Duration.ofMinutes(10));
        watch.beforeTick();
        assertThat(watch.judge(attempt, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Alive.class);
        watch.afterTick();
        tickFor(31);
        assertThat(watch.judge(attempt, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aClockSetBackDelaysByTheSilenceOnly() {
        tickFor(20);
        Attempt heard = attempt.heard(1, clock.instant());
        clock.advance(Duration.ofMinutes(-10));
        tickFor(32);
        assertThat(watch.judge(heard, Optional.empty(), Optional.empty())).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @ParameterizedTest
    @CsvSource({
        "65, Fatal, INVALID_DATA",
        "66, Fatal, MISSING_INPUT",
        "78, Fatal, BAD_CONFIGURATION",
        "64, Fatal, WORKER_FAILED",
        "71, Fatal, WORKER_FAILED",
        "75, Lost, WORKER_LOST",
        "137, Lost, WORKER_LOST",
        "143, Lost, WORKER_LOST",
        "1, Lost, WORKER_LOST"
    })
    void anExitWithoutAReportMeansWhatItsCodeSays(int code, String fate, String reason) {
        Optional<Workers.Exit> exit = Optional.of(new Workers.Exit(OptionalInt.of(code), clock.instant()));
        tickFor(3);
        assertThat(watch.judge(attempt, exit, Optional.empty()))
                .as("the report may be on its way")
                .isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        WorkerVerdict judged = watch.judge(attempt, exit, Optional.empty());
        assertThat(judged.getClass().getSimpleName()).isEqualTo(fate);
        assertThat(judged.toString()).contains(reason);
    }

    @Test
    void aSuccessfulExitWaitsForTheReport() {
        Optional<Workers.Exit> exit = Optional.of(new Workers.Exit(OptionalInt.of(0), clock.instant()));
        tickFor(30);
        assertThat(watch.judge(attempt, exit, Optional.empty())).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(watch.judge(attempt, exit, Optional.empty()))
                .isInstanceOfSatisfying(
                        WorkerVerdict.Lost.class,
                        gone -> assertThat(gone.why().getMessage()).contains("exit code 0"));
    }

    private void tickFor(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            watch.beforeTick();
            watch.afterTick();
        }
    }
}
