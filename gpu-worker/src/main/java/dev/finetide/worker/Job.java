package dev.finetide.worker;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerFailed;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.DivergedException;
import dev.finetide.sft.text.RowRefused;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What training and evaluation have in common: claim the attempt, wait for the device, do the work, report
/// how it ended, and leave only when the broker has every report.
final class Job {
    private static final Duration DRAIN = Duration.ofMinutes(10);
    private static final Duration DRAIN_WHEN_STOPPED = Duration.ofSeconds(10);

    /// The work itself, with an empty scratch directory that is removed afterwards.
    ///
    /// Returns whether it came to its end; false when it stopped half-way because it was told to.
    interface Work {
        boolean run(Attempt attempt, Path scratch, StopSignal stop) throws IOException, InterruptedException;
    }

    private Job() {}

    /// @param task as its trace calls it
    /// @return the process's exit code
    static int run(String task, Path specFile, Work work) throws IOException, InterruptedException {
        try (StopSignal stop = StopSignal.forWorkThatIsSaved();
                Trace trace = Trace.start(task, System.getenv());
                Attempt attempt = Attempt.claim(specFile, trace, stop)) {
            Path scratch = Files.createTempDirectory(Path.of("").toAbsolutePath(), "scratch-");
            int code;
            try {
                code = onDevice(attempt, scratch, stop, work);
            } finally {
                Inputs.deleteTree(scratch);
            }
            if (!attempt.reports().drain(stop.raised() ? DRAIN_WHEN_STOPPED : DRAIN)) {
                System.err.println("gpu-worker: the broker did not take the last reports");
                return WorkerFailure.Reason.UNREACHABLE.exitCode;
            }
            return code;
        }
    }

    /// Who and where this worker is.
    static WorkerStarted.Builder started(CausalLm base) throws IOException {
        return WorkerStarted.newBuilder()
                .setHost(InetAddress.getLocalHost().getHostName())
                .setPid(ProcessHandle.current().pid())
                .setDevice(base.device());
    }

    private static int onDevice(Attempt attempt, Path scratch, StopSignal stop, Work work)
            throws IOException, InterruptedException {
        String directory = attempt.spec().getDeviceDirectory();
        Optional<DeviceSlot> free = directory.isEmpty()
                ? Optional.of(DeviceSlot.ofScheduler())
                : DeviceSlot.take(Path.of(directory), stop::raised);
        if (free.isEmpty()) {
            // Told to stop while another worker still had the device.
            attempt.reports().report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            return Main.STOPPED;
        }
        try (DeviceSlot slot = free.get()) {
            return attempted(attempt, scratch, stop, work);
        }
    }

    private static int attempted(Attempt attempt, Path scratch, StopSignal stop, Work work)
            throws InterruptedException {
        try {
            return work.run(attempt, scratch, stop) ? 0 : Main.STOPPED;
        } catch (Exception | OutOfMemoryError failure) {
            WorkerFailure told = explain(failure);
            System.err.println("gpu-worker: " + told.reason() + ": " + told.getMessage());
            if (told.reason() == WorkerFailure.Reason.WORKER_FAILED) {
                failure.printStackTrace();
            }
            attempt.trace().failed(told.reason().name());
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setFailed(WorkerFailed.newBuilder()
                                    .setError(told.toProto())
                                    .setRetryable(told.retryable())));
            return told.exitCode();
        }
    }

    private static WorkerFailure explain(Throwable failure) {
        return switch (failure) {
            case WorkerFailure known -> known;
            case ModelFormatException malformed ->
                new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, malformed.getMessage(), malformed);
            case RowRefused refused ->
                new WorkerFailure(WorkerFailure.Reason.INVALID_DATA, refused.getMessage(), refused);
            case DivergedException diverged ->
                new WorkerFailure(WorkerFailure.Reason.DIVERGED, diverged.getMessage(), diverged);
            case OutOfMemoryError memory ->
                new WorkerFailure(WorkerFailure.Reason.OUT_OF_MEMORY, "out of memory: " + memory.getMessage(), memory);
            case IllegalArgumentException setting ->
                new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, setting.getMessage(), setting);
            default ->
                Storage.isFull(failure)
                        ? new WorkerFailure(
                                WorkerFailure.Reason.STORAGE_FULL, "no space left: " + failure.getMessage(), failure)
                        : new WorkerFailure(
                                WorkerFailure.Reason.WORKER_FAILED,
                                failure.getClass().getSimpleName() + ", see the worker's log",
                                failure);
        };
    }
}
