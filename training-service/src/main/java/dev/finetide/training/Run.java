package dev.finetide.training;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.time.Times;
import dev.finetide.kit.work.Supervised;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkState;
import dev.finetide.kit.work.WrittenFiles;
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
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/// A training run as it is stored.
///
/// @param checkpoints the last complete checkpoints, newest first: the next attempt resumes from the
///     first that is whole; empty once the run has succeeded
record Run(Work<TrainingRun> work, List<Checkpoint> checkpoints) implements Supervised<Run, TrainingRun> {
    Run {
        checkpoints = work.state() instanceof WorkState.Succeeded ? List.of() : List.copyOf(checkpoints);
        work = work.with(work.view().toBuilder()
                .clearCheckpoints()
                .addAllCheckpoints(checkpoints.stream().map(Run::stored).toList())
                .build());
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

    /// @param view the run's message, with everything that the run is made from
    static Run requested(TrainingRun.Builder view, Instant now) {
        return new Run(Work.created(view.build(), now), List.of())
                .to(new WorkState.Queued(), cause(view.getSubmitter()), Identity.actor("user"), now);
    }

    private static String cause(String submitter) {
        return submitter.isEmpty() || submitter.equals(Identity.actor("user"))
                ? "requested"
                : "requested for " + submitter;
    }

    @Override
    public Run with(Work<TrainingRun> changed) {
        return new Run(changed, checkpoints);
    }

    @Override
    public int maxAttempts() {
        return view().getConfig().getMaxAttempts();
    }

    /// Returns the prefix under which the run's workers write blobs.
    String blobPrefix() {
        return WrittenFiles.prefixOfRun(ResourceType.TRAINING_RUN.ids("name", name()));
    }

    /// Returns the prefix under which the worker that may write now does.
    String attemptPrefix() {
        return blobPrefix() + "attempts/" + attempt().epoch() + "/";
    }

    /// Returns the specification of the current attempt's worker.
    WorkerSpec workerSpec(WorkerSite site) {
        TrainTask.Builder task = TrainTask.newBuilder()
                .setConfig(view().getConfig())
                .addAllInitialAdapter(view().getInitialAdapterList());
        if (view().hasPassageDocuments()) {
            task.setPassageDocuments(view().getPassageDocuments());
        }
        return site.spec(name(), attempt().number(), blobPrefix())
                .setBase(view().getBase())
                .setDatasetVersion(view().getDatasetVersion())
                .setTrain(task)
                .setTraceparent(view().getTraceparent())
                .setTemplateTime(view().getCreateTime())
                .build();
    }

    /// Returns whether the run ends with an estimate and trains nothing.
    boolean isDryRun() {
        return view().getConfig().getDryRun();
    }

    /// Returns the run with what a worker found before its first step.
    Run begun(WorkerStarted started) {
        TrainingRun.Builder builder =
                view().toBuilder().setTrainRows(started.getTrainRows()).setValidationRows(started.getValidationRows());
        if (started.hasRowReport()) {
            builder.setRowReport(started.getRowReport());
        }
        if (started.hasEstimate()) {
            builder.setEstimate(started.getEstimate());
        }
        if (started.hasConfig()) {
            builder.setConfig(SettingsInUse.decisive(view().getConfig(), started.getConfig()))
                    .setMachine(SettingsInUse.machine(started));
        }
        return with(work.with(builder.build()));
    }

    /// Returns the run after a step.
    Run stepped(TrainingProgress progress) {
        TrainingProgress.Builder kept = progress.toBuilder();
        if (view().getProgress().hasValidation() && !progress.hasValidation()) {
            kept.setValidation(view().getProgress().getValidation());
        }
        return with(work.reported(view().toBuilder().setProgress(kept).build(), 1));
    }

    /// Returns the run after a validation.
    Run validated(ValidationResult result) {
        TrainingRun.Builder builder = view().toBuilder();
        builder.getProgressBuilder().setValidation(result);
        return with(work.reported(builder.build(), 1));
    }

    /// Returns the run with one more complete checkpoint. Checkpoints of later steps are forgotten: an
    /// earlier attempt wrote them, and they were not used because they were torn.
    Run saved(Checkpoint complete) {
        List<Checkpoint> kept = Stream.concat(
                        Stream.of(complete),
                        checkpoints.stream().filter(earlier -> earlier.getStep() < complete.getStep()))
                .limit(Math.max(1, view().getConfig().getSaveTotalLimit()))
                .toList();
        return new Run(work.reported(view(), 1), kept);
    }

    /// Returns the run with its result, which is stored when the run succeeds.
    Run with(TrainingOutput output) {
        return with(work.with(view().toBuilder().setOutput(output).build()));
    }

    /// Returns the run with the name of a resource that it led to. Makes no update, because the watch of
    /// an ended run has ended.
    Run linked(TrainingRun links, Instant now) {
        return with(work.revised(view().toBuilder().mergeFrom(links).build(), now));
    }

    boolean isDeleted() {
        return view().hasDeleteTime();
    }

    /// Returns the tombstone of the run: its history and its numbers, without files.
    Run deleted(Instant now) {
        TrainingRun.Builder tombstone = view().toBuilder().setDeleteTime(Times.timestamp(now));
        if (tombstone.hasOutput()) {
            tombstone.getOutputBuilder().clearFiles();
        }
        return new Run(work.revised(tombstone.clearInitialAdapter().build(), now), List.of());
    }

    /// Returns the update of a change of state.
    TrainingRunUpdate stateUpdate(Instant now) {
        return update(now).setTrainingRun(view()).build();
    }

    TrainingRunUpdate progressUpdate(Instant now) {
        return update(now).setProgress(view().getProgress()).build();
    }

    TrainingRunUpdate validationUpdate(Instant now) {
        return update(now).setValidation(view().getProgress().getValidation()).build();
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
        return TrainingRunUpdate.newBuilder().setSequence(work.lastUpdate()).setTime(Times.timestamp(now));
    }
}
