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

/// Runs an attempt, of training, evaluation or a report: claims it, waits for the device, does the
/// work, reports its end, and returns when the broker has every report.
final class AttemptRunner {
    private static final Duration DRAIN = Duration.ofMinutes(10);
    private static final Duration DRAIN_WHEN_STOPPED = Duration.ofSeconds(10);

    /// The work of an attempt, with an empty scratch directory that is removed afterwards.
    ///
    /// Returns whether the work came to its end; false when it was told to stop before.
    interface Work {
        boolean run(ClaimedAttempt attempt, Path scratch, StopSignal stop) throws IOException, InterruptedException;
    }

    private AttemptRunner() {}

    /// Runs an attempt.
    ///
    /// @param task name of the work in the trace
    /// @return the process's exit code
    static int run(String task, Path specFile, Work work) throws IOException, InterruptedException {
        return run(task, specFile, (Body) (attempt, scratch, stop) -> onDevice(attempt, scratch, stop, work));
    }

    /// Runs an attempt that takes the device itself, if it needs it.
    ///
    /// @param task name of the work in the trace
    /// @return the process's exit code
    static int runWithoutDevice(String task, Path specFile, Work work) throws IOException, InterruptedException {
        return run(task, specFile, (Body) (attempt, scratch, stop) -> runAndReport(attempt, scratch, stop, work));
    }

    /// Does the work between the claim and the last report. Returns the process's exit code.
    private interface Body {
        int run(ClaimedAttempt attempt, Path scratch, StopSignal stop) throws IOException, InterruptedException;
    }

    private static int run(String task, Path specFile, Body body) throws IOException, InterruptedException {
        try (StopSignal stop = StopSignal.forWorkThatIsSaved();
                Trace trace = Trace.start(task, System.getenv());
                ClaimedAttempt attempt = ClaimedAttempt.claim(specFile, trace, stop)) {
            Path scratch = Files.createTempDirectory(Path.of("").toAbsolutePath(), "scratch-");
            int code;
            try {
                code = body.run(attempt, scratch, stop);
            } finally {
                AttemptInputs.clear(scratch);
            }
            if (!attempt.reports().drain(stop.raised() ? DRAIN_WHEN_STOPPED : DRAIN)) {
                System.err.println("gpu-worker: the broker did not take the last reports");
                return WorkerFailure.Reason.UNREACHABLE.exitCode;
            }
            return code;
        }
    }

    /// Returns a report of the start with this worker's host, process and device.
    static WorkerStarted.Builder startedReport(CausalLm base) throws IOException {
        return WorkerStarted.newBuilder()
                .setHost(InetAddress.getLocalHost().getHostName())
                .setPid(ProcessHandle.current().pid())
                .setDevice(base.device());
    }

    private static int onDevice(ClaimedAttempt attempt, Path scratch, StopSignal stop, Work work)
            throws IOException, InterruptedException {
        Optional<DeviceSlot> free = device(attempt, stop);
        if (free.isEmpty()) {
            // The worker was told to stop while another worker still had the device.
            attempt.reports().report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            return Main.STOPPED;
        }
        try (DeviceSlot slot = free.get()) {
            return runAndReport(attempt, scratch, stop, work);
        }
    }

    private static Optional<DeviceSlot> device(ClaimedAttempt attempt, StopSignal stop)
            throws IOException, InterruptedException {
        String directory = attempt.spec().getDeviceDirectory();
        return directory.isEmpty()
                ? Optional.of(DeviceSlot.givenByScheduler())
                : waitForDevice(attempt, Path.of(directory), stop);
    }

    /// Waits for the device. Returns empty if the worker is told to stop first.
    static Optional<DeviceSlot> takeDevice(ClaimedAttempt attempt, StopSignal stop) throws IOException {
        try {
            return device(attempt, stop);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static Optional<DeviceSlot> waitForDevice(ClaimedAttempt attempt, Path directory, StopSignal stop)
            throws IOException, InterruptedException {
        attempt.progress().begin("waiting for the device, which another worker has");
        return DeviceSlot.take(directory, () -> {
            attempt.progress().move(); // a wait of hours is no standstill
            return stop.raised();
        });
    }

    private static int runAndReport(ClaimedAttempt attempt, Path scratch, StopSignal stop, Work work)
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

    /// Turns a failure into the reason and the message that are reported.
    static WorkerFailure explain(Throwable failure) {
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
            // A NumberFormatException quotes the text that is no number, which may be a row's.
            case IllegalArgumentException setting
            when !(setting instanceof NumberFormatException) ->
                new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, setting.getMessage(), setting);
            default ->
                StorageFailures.isFull(failure)
                        ? new WorkerFailure(
                                WorkerFailure.Reason.STORAGE_FULL, "no space left: " + failure.getMessage(), failure)
                        : new WorkerFailure(
                                WorkerFailure.Reason.WORKER_FAILED,
                                failure.getClass().getSimpleName() + ", see the worker's log",
                                failure);
        };
    }
}
