package dev.finetide.kit.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
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
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerFailed;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Tests the supervision that every kind of work gets, with the smallest kind.
class SupervisedWorkTest {
    private final ManualClock clock = new ManualClock();
    private final FakeLauncher launcher = new FakeLauncher();
    private final WorkStore<Chore, EvaluationUpdate> store =
            new InMemoryWorkStore<>(ResourceType.EVALUATION, EvaluationUpdate::getSequence);
    private final Optional<Instant> brokerSince = Optional.of(clock.instant());
    private final Chore.Kind kind = new Chore.Kind(store, clock);
    private final SupervisedWork<Chore, Evaluation> work = new SupervisedWork<>(
            kind,
            store,
            new Workers(launcher, clock),
            new WorkerWatch(Duration.ofMinutes(10), Duration.ofSeconds(30), () -> brokerSince, clock),
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
    void aSilentWorkerIsLostAndItsLateReportsAreRefused() {
        String name = kind.create("a");
        work.tick();
        long epoch = claim(name, 1);
        tickFor(31);
        assertThat(work.find(name).attempt().number()).isEqualTo(2);
        send(name, epoch, WorkerEvent.newBuilder().setEvaluationFinished(EvaluationFinished.getDefaultInstance()));
        assertThat(work.find(name).hasEnded()).isFalse();
        assertThatThrownBy(() -> claim(name, 1))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("attempt 1");
        claim(name, 2);
        tickFor(31);
        Evaluation ended = work.find(name).view();
        assertThat(ended.getState()).isEqualTo(State.FAILED);
        assertThat(ended.getError().getReason()).isEqualTo(WorkReason.WORKER_LOST);
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

    private WorkerEvent send(String name, long epoch, WorkerEvent.Builder report) {
        WorkerEvent event =
                report.setResource(name).setEpoch(epoch).setSequence(++sequence).build();
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
