package dev.finetide.kit.attempt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.kit.launch.WorkerLauncher.Remedy;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerWatchTest {
    private static final String RUN = "projects/default/trainingRuns/run-1";

    private final ManualClock clock = new ManualClock();
    private final ManualReception reception = new ManualReception(clock);
    private final WorkerWatch watch = new WorkerWatch(ManualReception.LIMITS, reception, clock::moment);
    private final Attempt launched = Attempt.none().launched();
    private final Attempt claimed = launched.claimed();
    private final Attempt attempt = claimed.heard(1);

    @Test
    void thirtySecondsOfSilenceMakeAWorkerLost() {
        watch.observe(RUN, attempt);
        tickFor(30);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aWorkerMayTakeMinutesToStart() {
        watch.observe(RUN, launched);
        tickFor(600);
        assertThat(judge(launched)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(judge(launched)).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void theStartEndsWithTheFirstReportAndNotWithTheClaim() {
        watch.observe(RUN, claimed);
        tickFor(600);
        assertThat(judge(claimed)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(judge(claimed)).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void theTimeToStartBeginsWithTheAdmissionByTheCluster() {
        Optional<WorkerStatus> held =
                Optional.of(new WorkerStatus(WorkerStatus.Kind.QUEUED, 1, WorkReason.CLUSTER_QUEUE, "queued"));
        tickFor(5_000);
        assertThat(watch.judge(RUN, launched, Optional.empty(), held)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(600);
        assertThat(judge(launched)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(judge(launched)).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aWorkerThatEndedBeforeItsFirstWordIsNotWaitedFor() {
        Optional<Workers.Exit> unseen = Optional.of(new Workers.Exit(OptionalInt.empty(), clock.moment()));
        tickFor(1);
        assertThat(judge(launched, unseen)).isInstanceOf(WorkerVerdict.Lost.class);
        assertThat(judge(attempt, unseen)).as("its report may be on its way").isInstanceOf(WorkerVerdict.Alive.class);
        Optional<Workers.Exit> success = Optional.of(new Workers.Exit(OptionalInt.of(0), clock.moment()));
        tickFor(1);
        assertThat(judge(launched, success))
                .as("an image with another program in it")
                .isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void nobodyIsLostWhileTheBrokerIsAwayNorRightAfter() {
        watch.observe(RUN, attempt);
        tickFor(10);
        reception.breakOff();
        tickFor(100);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Alive.class);
        reception.reconnect();
        tickFor(29);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(2);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Lost.class);
    }

    /// The reports of a worker wait in the broker, however long the service needs to take them.
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 65, 75, 137, 143})
    void noExitIsJudgedBeforeTheReportsOfThatTimeAreTaken(int code) {
        watch.observe(RUN, attempt);
        Workers.Exit exit = new Workers.Exit(code < 0 ? OptionalInt.empty() : OptionalInt.of(code), clock.moment());
        reception.stall();
        tickFor(500);
        assertThat(judge(attempt, Optional.of(exit))).isInstanceOf(WorkerVerdict.Alive.class);
        reception.catchUp();
        assertThat(judge(attempt, Optional.of(exit))).isNotInstanceOf(WorkerVerdict.Alive.class);
    }

    @Test
    void noCauseOfTheClusterIsJudgedBeforeTheReportsOfThatTimeAreTaken() {
        watch.observe(RUN, attempt);
        ExitCause deleted = new ExitCause(Remedy.RETRY_UNCOUNTED, WorkReason.JOB_DELETED, "its Job is gone");
        Workers.Exit exit = new Workers.Exit(OptionalInt.empty(), Optional.of(deleted), clock.moment());
        reception.stall();
        tickFor(500);
        assertThat(judge(attempt, Optional.of(exit))).isInstanceOf(WorkerVerdict.Alive.class);
        reception.catchUp();
        assertThat(judge(attempt, Optional.of(exit))).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void noSilenceIsJudgedBeforeTheReportsOfThatTimeAreTaken() {
        watch.observe(RUN, attempt);
        reception.stall();
        tickFor(500);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Alive.class);
        Attempt heard = attempt.heard(2);
        assertThat(judge(heard)).isInstanceOf(WorkerVerdict.Alive.class);
        reception.catchUp();
        tickFor(30);
        assertThat(judge(heard)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(judge(heard)).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aWorkerWithoutAClaimIsJudgedWhateverWaitsInTheBroker() {
        watch.observe(RUN, launched);
        reception.stall();
        tickFor(1);
        Workers.Exit exit = new Workers.Exit(OptionalInt.of(137), clock.moment());
        tickFor(1);
        assertThat(judge(launched, Optional.of(exit))).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @Test
    void aPauseBetweenTicksStartsTheSilenceAgain() {
        watch.observe(RUN, attempt);
        tickFor(20);
        clock.advance(Duration.ofMinutes(10));
        watch.beforeTick();
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Alive.class);
        watch.afterTick();
        tickFor(31);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Lost.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {-10, 10})
    void aClockThatIsSetChangesNothing(int minutes) {
        watch.observe(RUN, attempt);
        tickFor(20);
        clock.step(Duration.ofMinutes(minutes));
        tickFor(10);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(judge(attempt)).isInstanceOf(WorkerVerdict.Lost.class);
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
        Optional<Workers.Exit> exit = Optional.of(new Workers.Exit(OptionalInt.of(code), clock.moment()));
        tickFor(3);
        assertThat(judge(attempt, exit)).as("the report may be on its way").isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        WorkerVerdict judged = judge(attempt, exit);
        assertThat(judged.getClass().getSimpleName()).isEqualTo(fate);
        assertThat(judged.toString()).contains(reason);
    }

    @ParameterizedTest
    @CsvSource({"143, false", "137, true", "1, true", "75, true"})
    void aWorkerThatWasAskedToStopCostsNoAttempt(int code, boolean counted) {
        Optional<Workers.Exit> exit = Optional.of(new Workers.Exit(OptionalInt.of(code), clock.moment()));
        tickFor(4);
        for (Attempt any : new Attempt[] {launched, claimed, attempt}) {
            assertThat(judge(any, exit))
                    .isInstanceOfSatisfying(
                            WorkerVerdict.Lost.class,
                            lost -> assertThat(lost.counted()).isEqualTo(counted));
        }
    }

    @Test
    void anEndThatNobodySawCostsAnAttemptOnlyAfterTheClaim() {
        Optional<Workers.Exit> exit = Optional.of(new Workers.Exit(OptionalInt.empty(), clock.moment()));
        tickFor(16);
        assertThat(judge(launched, exit))
                .isInstanceOfSatisfying(
                        WorkerVerdict.Lost.class,
                        lost -> assertThat(lost.counted()).isFalse());
        assertThat(judge(attempt, exit))
                .isInstanceOfSatisfying(
                        WorkerVerdict.Lost.class,
                        lost -> assertThat(lost.counted()).isTrue());
    }

    @Test
    void aSuccessfulExitWaitsForTheReport() {
        Optional<Workers.Exit> exit = Optional.of(new Workers.Exit(OptionalInt.of(0), clock.moment()));
        tickFor(30);
        assertThat(judge(attempt, exit)).isInstanceOf(WorkerVerdict.Alive.class);
        tickFor(1);
        assertThat(judge(attempt, exit))
                .isInstanceOfSatisfying(
                        WorkerVerdict.Lost.class,
                        gone -> assertThat(gone.why().getMessage()).contains("exit code 0"));
    }

    @Test
    void heartbeatsWithoutProgressAreNoWork() {
        Attempt hung = attempt;
        for (int beat = 2; beat < 362; beat++) {
            hung = hung.heard(
                    beat,
                    WorkerHeartbeat.newBuilder()
                            .setDoing("row 3")
                            .setProgress(7)
                            .build());
            assertThat(judge(hung)).as("beat %d", beat).isInstanceOf(WorkerVerdict.Alive.class);
            tickFor(5);
        }
        tickFor(1);
        assertThat(judge(hung)).isInstanceOfSatisfying(WorkerVerdict.Lost.class, lost -> {
            assertThat(lost.counted()).isTrue();
            assertThat(lost.why().getMessage()).contains("no progress for 1800 s; it was row 3");
        });
        assertThat(judge(hung.heard(400))).as("it goes on").isInstanceOf(WorkerVerdict.Alive.class);
    }

    @Test
    void limitsThatContradictAreRefused() {
        assertThatThrownBy(() ->
                        new WorkerWatch.Limits(Duration.ofMinutes(10), Duration.ofSeconds(30), Duration.ofSeconds(29)))
                .hasMessageContaining("progress-within");
        assertThatThrownBy(() ->
                        new WorkerWatch.Limits(Duration.ofMinutes(10), Duration.ofSeconds(5), Duration.ofMinutes(1)))
                .hasMessageContaining("lost-after");
    }

    private WorkerVerdict judge(Attempt judged) {
        return judge(judged, Optional.empty());
    }

    private WorkerVerdict judge(Attempt judged, Optional<Workers.Exit> exit) {
        return watch.judge(RUN, judged, exit, Optional.empty());
    }

    private void tickFor(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            watch.beforeTick();
            watch.afterTick();
        }
    }
}
