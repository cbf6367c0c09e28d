package dev.finetide.training;

import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.CheckpointUpdate;
import dev.finetide.proto.training.v1.StoredCheckpoint;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkWaiting;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A training run as it is kept: what clients see, and what only this service needs to decide.
///
/// @param view       what clients see; attempt, epoch and etag always agree with the other components
/// @param attempt    who may write
/// @param checkpoints the last complete ones, newest first: the next attempt resumes from the first that is whole; none
///                    once the run has succeeded
/// @param revision   counts the changes that an etag must notice: not reports, which come by the second
/// @param lastUpdate sequence of the newest update on the run's watch
record Run(TrainingRun view, Attempt attempt, List<Checkpoint> checkpoints, long revision, long lastUpdate) {
    Run {
        checkpoints = view.getState() == State.SUCCEEDED ? List.of() : List.copyOf(checkpoints);
        view = view.toBuilder()
                .clearCheckpoints()
                .addAllCheckpoints(checkpoints.stream().map(Run::stored).toList())
                .setAttempt(attempt.number())
                .setEpoch(attempt.epoch())
                .setEtag(Long.toString(revision))
                .build();
    }

    static Run requested(String name, TrainingConfig config, DatasetVersion version, Base base, Instant now) {
        return requested(
                TrainingRun.newBuilder()
                        .setName(name)
                        .setConfig(config)
                        .setDatasetVersion(version)
                        .setBase(base),
                now);
    }

    /// @param view with what the run is made from
    static Run requested(TrainingRun.Builder view, Instant now) {
        TrainingRun run = view.setCreateTime(Times.timestamp(now)).build();
        return new Run(run, Attempt.none(now), List.of(), 0, 0).to(new RunState.Queued(), "requested", "user", now);
    }

    String name() {
        return view.getName();
    }

    /// Where its workers write.
    String blobPrefix() {
        List<String> ids = ResourceType.TRAINING_RUN.ids("name", name());
        return "trainingRuns/%s/%s/".formatted(ids.get(0), ids.get(1));
    }

    /// What the worker of its attempt is told.
    WorkerSpec workerSpec(WorkerSite site) {
        return site.spec(name(), attempt.number(), blobPrefix())
                .setBase(view.getBase())
                .setDatasetVersion(view.getDatasetVersion())
                .setTrain(TrainTask.newBuilder()
                        .setConfig(view.getConfig())
                        .addAllInitialAdapter(view.getInitialAdapterList()))
                .setTraceparent(view.getTraceparent())
                .build();
    }

    RunState state() {
        return RunState.of(view);
    }

    boolean hasEnded() {
        return state() instanceof RunState.Ended;
    }

    /// Whether it ends with an estimate and trains nothing.
    boolean isDryRun() {
        return view.getConfig().getDryRun();
    }

    int maxAttempts() {
        return view.getConfig().getMaxAttempts();
    }

    /// In the next state, with its line of history and its update.
    Run to(RunState next, String cause, String actor, Instant now) {
        TrainingRun.Builder builder = view.toBuilder()
                .setState(next.shown())
                .setUpdateTime(Times.timestamp(now))
                .addHistory(StateChange.newBuilder()
                        .setState(next.shown())
                        .setTime(Times.timestamp(now))
                        .setCause(cause)
                        .setActor(actor));
        builder.clearWaiting();
        switch (next) {
            case RunState.Held(WorkWaiting why) -> builder.setWaiting(why);
            case RunState.Succeeded(TrainingOutput output) -> {
                if (!isDryRun()) {
                    builder.setOutput(output);
                }
            }
            case RunState.Failed(WorkError error) -> builder.setError(error);
            case RunState.Queued _, RunState.Active _, RunState.Cancelled _ -> {}
        }
        return new Run(builder.build(), attempt, checkpoints, revision + 1, lastUpdate + 1);
    }

    /// With what keeps its worker from starting, or without.
    Run waiting(Optional<WorkWaiting> why) {
        TrainingRun.Builder builder = view.toBuilder().clearWaiting();
        why.ifPresent(builder::setWaiting);
        return new Run(builder.build(), attempt, checkpoints, revision + 1, lastUpdate + 1);
    }

    Run with(Attempt changed) {
        return new Run(view, changed, checkpoints, revision, lastUpdate);
    }

    /// With what a worker found before its first step; it is written with the next change of state.
    Run begun(WorkerStarted started) {
        TrainingRun.Builder builder =
                view.toBuilder().setTrainRows(started.getTrainRows()).setValidationRows(started.getValidationRows());
        if (started.hasEstimate()) {
            builder.setEstimate(started.getEstimate());
        }
        return new Run(builder.build(), attempt, checkpoints, revision, lastUpdate);
    }

    Run progressed(TrainingProgress progress) {
        TrainingProgress.Builder kept = progress.toBuilder();
        if (view.getProgress().hasValidation() && !progress.hasValidation()) {
            kept.setValidation(view.getProgress().getValidation());
        }
        return new Run(view.toBuilder().setProgress(kept).build(), attempt, checkpoints, revision, lastUpdate + 1);
    }

    Run validated(ValidationResult result) {
        TrainingRun.Builder builder = view.toBuilder();
        builder.getProgressBuilder().setValidation(result);
        return new Run(builder.build(), attempt, checkpoints, revision, lastUpdate + 1);
    }

    /// Later steps of an earlier attempt are forgotten: that attempt's checkpoints of them were not used, because
    /// they were torn.
    Run saved(Checkpoint complete) {
        List<Checkpoint> kept = Stream.concat(
                        Stream.of(complete),
                        checkpoints.stream().filter(earlier -> earlier.getStep() < complete.getStep()))
                .limit(Math.max(1, view.getConfig().getSaveTotalLimit()))
                .toList();
        return new Run(view, attempt, kept, revision, lastUpdate + 1);
    }

    /// With the name of what it led to; no update, because the watch of an ended run has ended.
    Run linked(TrainingRun links, Instant now) {
        TrainingRun changed = view.toBuilder()
                .mergeFrom(links)
                .setUpdateTime(Times.timestamp(now))
                .build();
        return new Run(changed, attempt, checkpoints, revision + 1, lastUpdate);
    }

    /// The update of a change of state.
    TrainingRunUpdate stateUpdate(Instant now) {
        return update(now).setTrainingRun(view).build();
    }

    TrainingRunUpdate progressUpdate(Instant now) {
        return update(now).setProgress(view.getProgress()).build();
    }

    TrainingRunUpdate validationUpdate(Instant now) {
        return update(now).setValidation(view.getProgress().getValidation()).build();
    }

    TrainingRunUpdate checkpointUpdate(Checkpoint complete, Instant now) {
        return update(now)
                .setCheckpoint(CheckpointUpdate.newBuilder()
                        .setStep(complete.getStep())
                        .setSizeBytes(stored(complete).getSizeBytes())
                        .setWriteSeconds(complete.getWriteSeconds()))
                .build();
    }

    private static StoredCheckpoint stored(Checkpoint checkpoint) {
        return StoredCheckpoint.newBuilder()
                .setStep(checkpoint.getStep())
                .setSizeBytes(checkpoint.getFilesList().stream()
                        .mapToLong(BlobFile::getSizeBytes)
                        .sum())
                .build();
    }

    private TrainingRunUpdate.Builder update(Instant now) {
        return TrainingRunUpdate.newBuilder().setSequence(lastUpdate).setTime(Times.timestamp(now));
    }
}
