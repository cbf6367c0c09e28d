package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.WorkerEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Tests random histories: workers report, die, hang and come back; reports arrive twice, late and out of order; the
/// broker is away, the service restarts, clients cancel. Whatever happens, a run ends once and never goes back.
class RandomHistoryTest {
    private static final Map<State, Set<State>> LEGAL = Map.of(
            State.QUEUED, Set.of(State.STARTING, State.CANCELLED),
            State.STARTING, Set.of(State.RUNNING, State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLING),
            State.RUNNING, Set.of(State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLING),
            State.CANCELLING, Set.of(State.CANCELLED),
            State.SUCCEEDED, Set.of(),
            State.FAILED, Set.of(),
            State.CANCELLED, Set.of());

    private final Stage stage = new Stage();
    private final List<Stage.Worker> workers = new ArrayList<>();
    private final List<WorkerEvent> sent = new ArrayList<>();
    private final List<String> runs = new ArrayList<>();
    private int step;

    @ParameterizedTest
    @MethodSource("seeds")
    void aRunEndsOnceAndNeverGoesBack(long seed) {
        Random random = new Random(seed);
        runs.add(stage.aQueuedRun());
        runs.add(stage.aQueuedRun());
        for (int i = 0; i < 300; i++) {
            act(random);
        }
        settle();
        for (String run : runs) {
            check(stage.runs.get(run));
        }
        assertThat(stage.published.types().stream().filter("TrainingRunSucceeded"::equals))
                .hasSameSizeAs(runs.stream()
                        .filter(run -> stage.state(run) == State.SUCCEEDED)
                        .toList());
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    private void act(Random random) {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> stage.tickFor(1);
            case 3 -> stage.tickFor(random.nextInt(40));
            case 4, 5 -> claim(runs.get(random.nextInt(runs.size())));
            case 6, 7, 8 -> report(random);
            case 9 -> again(random);
            case 10 -> exit(random);
            case 11 -> stage.restart();
            case 12 -> receive(random.nextInt(4));
            case 13 -> {
                if (random.nextInt(20) == 0) {
                    cancel(runs.get(random.nextInt(runs.size())));
                } else {
                    jump(Duration.ofSeconds(random.nextInt(120) - 20));
                }
            }
            default -> throw new AssertionError();
        }
    }

    private void receive(int how) {
        switch (how) {
            case 0 -> stage.reception.breakOff();
            case 1 -> stage.reception.reconnect();
            case 2 -> stage.reception.stall();
            default -> stage.reception.catchUp();
        }
    }

    private void jump(Duration by) {
        if (by.isNegative()) {
            stage.clock.step(by);
        } else {
            stage.clock.advance(by);
        }
    }

    private void claim(String run) {
        try {
            workers.add(stage.worker(run));
        } catch (ApiException refused) {
            assertThat(stage.state(run)).isNotIn(State.STARTING, State.RUNNING);
        }
    }

    private void report(Random random) {
        if (!workers.isEmpty()) {
            Stage.Worker worker = workers.get(random.nextInt(workers.size()));
            sent.add(
                    switch (random.nextInt(12)) {
                        case 0, 1, 2 -> worker.started();
                        case 3, 4, 5 -> worker.step(++step);
                        case 6, 7 -> worker.checkpoint(++step);
                        case 8 -> worker.heartbeat();
                        case 9 -> worker.stopped();
                        case 10 -> worker.finished();
                        default -> worker.failed(WorkReason.OUT_OF_MEMORY, random.nextBoolean());
                    });
        }
    }

    /// Delivers an earlier report again: a duplicate, or one that arrives after later reports.
    private void again(Random random) {
        if (!sent.isEmpty()) {
            stage.runs.on(sent.get(random.nextInt(sent.size())));
        }
    }

    private void exit(Random random) {
        String run = runs.get(random.nextInt(runs.size()));
        int attempt = stage.runs.get(run).getAttempt();
        if (attempt > 0) {
            int[] codes = {0, 1, 65, 66, 75, 78, 137, 143};
            stage.launcher.exit(run, attempt, codes[random.nextInt(codes.length)]);
        }
    }

    private void cancel(String run) {
        try {
            stage.cancel(run);
        } catch (ApiException ended) {
            assertThat(stage.state(run)).isIn(State.SUCCEEDED, State.FAILED);
        }
    }

    /// Stops the faults: every run must come to its end by itself.
    private void settle() {
        stage.reception.reconnect();
        stage.reception.catchUp();
        for (int i = 0; i < 5_000 && !runs.stream().allMatch(stage.runs::hasEnded); i++) {
            stage.tickFor(1);
        }
    }

    private void check(TrainingRun run) {
        assertThat(run.getState()).isIn(State.SUCCEEDED, State.FAILED, State.CANCELLED);
        State before = null;
        for (var change : run.getHistoryList()) {
            if (before != null) {
                assertThat(LEGAL.get(before))
                        .as(run.getHistoryList().toString())
                        .contains(change.getState());
            }
            before = change.getState();
        }
        List<TrainingRunUpdate> updates = stage.store.updatesAfter(run.getName(), 0, Integer.MAX_VALUE);
        assertThat(updates)
                .extracting(TrainingRunUpdate::getSequence)
                .isEqualTo(LongStream.rangeClosed(1, updates.size()).boxed().toList());
        assertThat(updates.getLast().hasTrainingRun())
                .as("the last update is the end")
                .isTrue();
        assertThat(Instant.ofEpochSecond(run.getUpdateTime().getSeconds())).isBeforeOrEqualTo(stage.clock.instant());
    }
}
