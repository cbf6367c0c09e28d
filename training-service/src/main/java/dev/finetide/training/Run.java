package dev.finetide.training;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.attempt.Attempt;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.CheckpointUpdate;
import dev.finetide.proto.training.v1.RunError;
import dev.finetide.proto.training.v1.StateChange;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.worker.v1.Checkpoint;
import java.time.Instant;
import java.util.Optional;

/// A training run as it is kept: what clients see, and what only this service needs to decide.
///
/// @param view       what clients see; attempt, epoch and etag always agree with the other components
/// @param attempt    who may write
/// @param checkpoint the last complete one, from which the next attempt resumes
/// @param revision   counts the changes that an etag must notice: not reports, which come by the second
/// @param lastUpdate sequence of the newest update on the run's watch
record Run(TrainingRun view, Attempt attempt, Optional<Checkpoint> checkpoint, long revision, long lastUpdate) {
    Run {
        view = view.toBuilder()
                .setAttempt(attempt.number())
                .setEpoch(attempt.epoch())
                .setEtag(Long.toString(revision))
                .build();
    }

    static Run requested(String name, TrainingConfig config, DatasetVersion version, Base base, Instant now) {
        TrainingRun view = TrainingRun.newBuilder()
                .setName(name)
                .setConfig(config)
                .setDatasetVersion(version)
                .setBase(base)
                .setCreateTime(timestamp(now))
                .build();
        return new Run(view, Attempt.none(now), Optional.empty(), 0, 0)
                .to(new RunState.Queued(), "requested", "user", now);
    }

    String name() {
        return view.getName();
    }

    RunState state() {
        return RunState.of(view);
    }

    boolean hasEnded() {
        return state() instanceof RunState.Ended;
    }

    int maxAttempts() {
        return view.getConfig().getMaxAttempts();
    }

    /// In the next state, with its line of history and its update.
    Run to(RunState next, String cause, String actor, Instant now) {
        TrainingRun.Builder builder = view.toBuilder()
                .setState(next.shown())
                .setUpdateTime(timestamp(now))
                .addHistory(StateChange.newBuilder()
                        .setState(next.shown())
                        .setTime(timestamp(now))
                        .setCause(cause)
                        .setActor(actor));
        switch (next) {
            case RunState.Succeeded(TrainingOutput output) -> builder.setOutput(output);
            case RunState.Failed(RunError error) -> builder.setError(error);
            case RunState.Queued _, RunState.Active _, RunState.Cancelled _ -> {}
        }
        return new Run(builder.build(), attempt, checkpoint, revision + 1, lastUpdate + 1);
    }

    Run with(Attempt changed) {
        return new Run(view, changed, checkpoint, revision, lastUpdate);
    }

    Run progressed(TrainingProgress progress) {
        return new Run(view.toBuilder().setProgress(progress).build(), attempt, checkpoint, revision, lastUpdate + 1);
    }

    Run saved(Checkpoint complete) {
        return new Run(view, attempt, Optional.of(complete), revision, lastUpdate + 1);
    }

    /// With the name of what it led to; no update, because the watch of an ended run has ended.
    Run linked(TrainingRun links, Instant now) {
        TrainingRun changed =
                view.toBuilder().mergeFrom(links).setUpdateTime(timestamp(now)).build();
        return new Run(changed, attempt, checkpoint, revision + 1, lastUpdate);
    }

    /// The update of a change of state.
    TrainingRunUpdate stateUpdate(Instant now) {
        return update(now).setTrainingRun(view).build();
    }

    TrainingRunUpdate progressUpdate(Instant now) {
        return update(now).setProgress(view.getProgress()).build();
    }

    TrainingRunUpdate checkpointUpdate(Checkpoint complete, Instant now) {
        long bytes = complete.getFilesList().stream()
                .mapToLong(file -> file.getSizeBytes())
                .sum();
        return update(now)
                .setCheckpoint(CheckpointUpdate.newBuilder()
                        .setStep(complete.getStep())
                        .setSizeBytes(bytes))
                .build();
    }

    private TrainingRunUpdate.Builder update(Instant now) {
        return TrainingRunUpdate.newBuilder().setSequence(lastUpdate).setTime(timestamp(now));
    }

    static Timestamp timestamp(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    static Instant instant(Timestamp timestamp) {
        Timestamps.checkValid(timestamp);
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }
}
