package dev.finetide.kit.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.finetide.kit.attempt.ManualReception;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.launch.FakeLauncher;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.CheckAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import dev.finetide.proto.worker.v1.LendBlobAccessRequest;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerFailed;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Tests the supervision that every kind of work gets, with the smallest kind.
class SupervisedWorkTest {
    private final ManualClock clock = new ManualClock();
    private final FakeLauncher launcher = new FakeLauncher();
    private final WorkStore<Chore, EvaluationUpdate> store =
            new InMemoryWorkStore<>(ResourceType.EVALUATION, EvaluationUpdate::getSequence);
    private final ManualReception reception = new ManualReception(clock);
    private final Chore.Kind kind = new Chore.Kind(store, clock);
    private final SupervisedWork<Chore, Evaluation> work = new SupervisedWork<>(
            kind,
            store,
            new Workers(launcher, clock::moment),
            new WorkerWatch(ManualReception.LIMITS, reception, clock::moment),
            1,
            clock);
    private long sequence;

    SupervisedWorkTest() {
        kind.superviseBy(work);
    }

    @Test
    void workGoesFromTheQueueToItsEndOnceWhateverComesTwice() {
        String first = kind.create("a");
        String second = kind.create("b");
        work.tick();
        assertThat(launcher.started()).extracting(WorkerSpec::getResource).containsExactly(first);
        long epoch = claim(first, 1);
        send(
                first,
                epoch,
                WorkerEvent.newBuilder().setStarted(WorkerStarted.newBuilder().setDevice("cpu")));
        WorkerEvent finished = send(
                first,
                epoch,
                WorkerEvent.newBuilder()
                        .setEvaluationFinished(EvaluationFinished.newBuilder().setSeconds(3)));
        work.on(finished);
        Evaluation ended = work.find(first).view();
        assertThat(ended.getHistoryList())
                .extracting(StateChange::getState)
                .containsExactly(State.QUEUED, State.STARTING, State.RUNNING, State.SUCCEEDED);
        assertThat(ended.getReport().getSeconds()).isEqualTo(3);
        assertThat(store.updatesAfter(first, 0, 10)).hasSize(3);
        work.tick();
        assertThat(launcher.started()).extracting(WorkerSpec::getResource).containsExactly(first, second);
    }

    @Test
    void workThatCannotBeChangedHoldsUpNoOther() {
        SupervisedWork<Chore, Evaluation> two = new SupervisedWork<>(
                kind,
                store,
                new Workers(launcher, clock::moment),
                new WorkerWatch(ManualReception.LIMITS, reception, clock::moment),
                2,
                clock);
        kind.superviseBy(two);
        String bad = kind.create("a");
        String good = kind.create("b");
        two.tick();
        kind.unspeakable.add(bad);
        for (int i = 0; i < 1_000 && two.find(good).attempt().number() < 2; i++) {
            clock.advance(Duration.ofSeconds(1));
            two.tick();
        }
        assertThat(two.find(good).attempt().number())
                .as("lost, and launched again")
                .isEqualTo(2);
        assertThat(two.find(bad).attempt().number()).isEqualTo(1);
    }

    @Test
    void aSilentWorkerIsLostAndItsLateReportsAreRefused() {
        String name = kind.create("a");
        work.tick();
        long epoch = claim(name, 1);
        send(name, epoch, WorkerEvent.newBuilder().setHeartbeat(WorkerHeartbeat.getDefaultInstance()));
        tickFor(32);
        assertThat(work.find(name).attempt().number()).isEqualTo(2);
        send(name, epoch, WorkerEvent.newBuilder().setEvaluationFinished(EvaluationFinished.getDefaultInstance()));
        assertThat(work.find(name).hasEnded()).isFalse();
        assertThatThrownBy(() -> claim(name, 1))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("attempt 1");
        long next = claim(name, 2);
        send(name, next, WorkerEvent.newBuilder().setHeartbeat(WorkerHeartbeat.getDefaultInstance()));
        tickFor(32);
        Evaluation ended = work.find(name).view();
        assertThat(ended.getState()).isEqualTo(State.FAILED);
        assertThat(ended.getError().getReason()).isEqualTo(WorkReason.WORKER_LOST);
    }

    @Test
    void aLoadingWorkerIsNotSilentBeforeItsFirstReport() {
        String name = kind.create("a");
        work.tick();
        long epoch = claim(name, 1);
        tickFor(590);
        send(name, epoch, WorkerEvent.newBuilder().setStarted(WorkerStarted.getDefaultInstance()));
        tickFor(20);
        assertThat(work.find(name).attempt().number()).isEqualTo(1);
    }

    @Test
    void aWorkerThatOnlySendsHeartbeatsIsLostAndItsErrorSaysWhereItHung() {
        String name = kind.create("a");
        work.tick();
        long epoch = claim(name, 1);
        for (int beat = 0; beat < 370 && work.find(name).attempt().number() == 1; beat++) {
            send(
                    name,
                    epoch,
                    WorkerEvent.newBuilder()
                            .setHeartbeat(WorkerHeartbeat.newBuilder()
                                    .setDoing("examining row 7")
                                    .setProgress(beat < 5 ? beat : 5)));
            tickFor(5);
        }
        Evaluation lost = work.find(name).view();
        assertThat(lost.getAttempt()).isEqualTo(2);
        assertThat(lost.getHistoryList())
                .extracting(StateChange::getCause)
                .contains("the worker made no progress for 1800 s; it was examining row 7");
        assertThat(work.find(name).attempt().losses()).isEqualTo(1);
    }

    @Test
    void aWorkerWhoseProgressMovesMayTakeHours() {
        String name = kind.create("a");
        work.tick();
        long epoch = claim(name, 1);
        for (int beat = 0; beat < 1500; beat++) {
            send(
                    name,
                    epoch,
                    WorkerEvent.newBuilder()
                            .setHeartbeat(WorkerHeartbeat.newBuilder().setProgress(beat / 300)));
            tickFor(5);
        }
        assertThat(work.find(name).attempt().number()).isEqualTo(1);
    }

    @Test
    void onlyTheNewestEpochOfGoingWorkIsStillTheWriter() {
        String name = kind.create("a");
        work.tick();
        long epoch = claim(name, 1);
        check(name, 1, epoch);
        long taken = claim(name, 1);
        assertThatThrownBy(() -> check(name, 1, epoch))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("may not write");
        check(name, 1, taken);
        send(name, taken, WorkerEvent.newBuilder().setEvaluationFinished(EvaluationFinished.getDefaultInstance()));
        assertThatThrownBy(() -> check(name, 1, taken))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("SUCCEEDED");
        String other = kind.create("b");
        work.tick();
        long silent = claim(other, 1);
        send(other, silent, WorkerEvent.newBuilder().setHeartbeat(WorkerHeartbeat.getDefaultInstance()));
        tickFor(32);
        assertThatThrownBy(() -> check(other, 1, silent))
                .as("a later attempt was launched, and nobody has claimed it yet")
                .isInstanceOf(ApiException.class);
    }

    @Test
    void onlyTheWriterIsLentAccessToTheBlobs() {
        String name = kind.create("a");
        work.tick();
        long epoch = claim(name, 1);
        LendBlobAccessRequest.Builder request =
                LendBlobAccessRequest.newBuilder().setResource(name).setAttempt(1);
        assertThat(work.specOfWriter(request.setEpoch(epoch).build()).getBlobPrefix())
                .isEqualTo("chores/");

        claim(name, 1);

        for (long other : new long[] {epoch, epoch + 5, 0}) {
            assertThatThrownBy(() -> work.specOfWriter(request.setEpoch(other).build()))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("may not write");
        }
    }

    @Test
    void theExitOfAWorkerWhoseAttemptWasTakenOverEndsNothing() {
        String name = kind.create("a");
        work.tick();
        claim(name, 1);
        long taken = claim(name, 1);
        launcher.exit(name, 1, 69);
        send(name, taken, WorkerEvent.newBuilder().setStarted(WorkerStarted.getDefaultInstance()));
        tickFor(20);
        assertThat(work.find(name).attempt().number()).isEqualTo(1);
        send(name, taken, WorkerEvent.newBuilder().setEvaluationFinished(EvaluationFinished.getDefaultInstance()));
        assertThat(work.find(name).view().getState()).isEqualTo(State.SUCCEEDED);
    }

    @Test
    void anErrorThatNoRetryCuresEndsTheWork() {
        String name = kind.create("a");
        work.tick();
        WorkError error = WorkError.newBuilder()
                .setReason(WorkReason.INVALID_DATA)
                .setMessage("row 3")
                .build();
        send(
                name,
                claim(name, 1),
                WorkerEvent.newBuilder().setFailed(WorkerFailed.newBuilder().setError(error)));
        assertThat(work.find(name).view().getError()).isEqualTo(error);
        assertThat(kind.announced)
                .last()
                .satisfies(last -> assertThat(last.hasEnded()).isTrue());
    }

    @Test
    void aResourceWithoutTheFieldsOfWorkIsRefusedByTheFieldsName() {
        assertThatThrownBy(() -> Work.created(StringValue.of("x"), clock.instant()))
                .hasMessageContaining("google.protobuf.StringValue: expected the field \"create_time\"");
    }

    private long claim(String name, int attempt) {
        return work.claim(ClaimAttemptRequest.newBuilder()
                        .setResource(name)
                        .setAttempt(attempt)
                        .build())
                .getEpoch();
    }

    private void check(String name, int attempt, long epoch) {
        work.check(CheckAttemptRequest.newBuilder()
                .setResource(name)
                .setAttempt(attempt)
                .setEpoch(epoch)
                .build());
    }

    private WorkerEvent send(String name, long epoch, WorkerEvent.Builder report) {
        WorkerEvent event = report.setResource(name)
                .setAttempt(work.find(name).attempt().number())
                .setEpoch(epoch)
                .setSequence(++sequence)
                .build();
        work.on(event);
        return event;
    }

    private void tickFor(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            work.tick();
        }
    }
}
