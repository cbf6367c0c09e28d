package dev.finetide.training;

import dev.finetide.kit.metric.WorkMeters;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.training.v1.CheckpointUpdate;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;

/// Counts training runs from the updates that clients see. A report that was sent twice, comes from an old epoch or was
/// rolled back is therefore never counted. Tokens count work: a step that a later attempt repeats counts again, unlike
/// in the run's output. No label carries a run.
///
/// Invariants: those of [WorkMeters]; `finetide_gpu_pods` never exceeds `training.max-concurrent-runs`.
/// Alerts: `FinetideRunsFailing`, `FinetideQueueStuck`, `FinetideWorkersLost`.
final class RunMeters implements Consumer<TrainingRunUpdate> {
    private final WorkMeters work;
    private final Counter tokens;
    private final Counter supervisedTokens;
    private final Timer step;
    private final Counter checkpointBytes;
    private final Timer checkpointWrite;
    private final Counter lost;

    RunMeters(Database database, MeterRegistry meters) {
        this.work = new WorkMeters(
                database, meters, "run", "Training runs", State.STARTING, "starting", "running", "stopping");
        this.tokens = Counter.builder("finetide.train.tokens")
                .description("Tokens trained on, without padding")
                .register(meters);
        this.supervisedTokens = Counter.builder("finetide.train.supervised.tokens")
                .description("Tokens trained on that carry loss")
                .register(meters);
        this.step = Timer.builder("finetide.train.step")
                .description("Time of one optimiser step, as the worker measured it")
                .serviceLevelObjectives(seconds(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60))
                .register(meters);
        this.checkpointBytes = Counter.builder("finetide.checkpoint")
                .baseUnit("bytes")
                .description("Bytes of stored checkpoints")
                .register(meters);
        this.checkpointWrite = Timer.builder("finetide.checkpoint.write")
                .description("Time the worker took to store a checkpoint")
                .serviceLevelObjectives(seconds(0.1, 0.5, 1, 5, 10, 30, 60, 300))
                .register(meters);
        this.lost = Counter.builder("finetide.workers.lost")
                .description("Workers that ended without a final report")
                .register(meters);
    }

    @Override
    public void accept(TrainingRunUpdate update) {
        switch (update.getUpdateCase()) {
            case TRAINING_RUN -> changed(update.getTrainingRun());
            case PROGRESS -> stepped(update.getProgress());
            case CHECKPOINT -> saved(update.getCheckpoint());
            case VALIDATION, UPDATE_NOT_SET -> {}
        }
    }

    private void changed(TrainingRun run) {
        work.count(run.getHistoryList(), reason(run));
        boolean requeued = run.getState() == State.QUEUED && run.getAttempt() > 0;
        if (requeued || run.getError().getReason() == WorkReason.WORKER_LOST) {
            lost.increment();
        }
    }

    /// Returns the error's reason if the run failed, else the actor of the change.
    private static String reason(TrainingRun run) {
        if (run.getState() == State.FAILED) {
            return switch (run.getError().getReason()) {
                case WORK_REASON_UNSPECIFIED, UNRECOGNIZED -> "OTHER";
                default -> run.getError().getReason().name();
            };
        }
        return run.getHistory(run.getHistoryCount() - 1).getActor();
    }

    private void stepped(TrainingProgress progress) {
        tokens.increment(progress.getTokens());
        supervisedTokens.increment(progress.getSupervisedTokens());
        if (progress.getTokensPerSecond() > 0) {
            step.record(duration(progress.getTokens() / progress.getTokensPerSecond()));
        }
    }

    private void saved(CheckpointUpdate checkpoint) {
        checkpointBytes.increment(checkpoint.getSizeBytes());
        checkpointWrite.record(duration(checkpoint.getWriteSeconds()));
    }

    private static Duration[] seconds(double... bounds) {
        return Arrays.stream(bounds).mapToObj(RunMeters::duration).toArray(Duration[]::new);
    }

    private static Duration duration(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
