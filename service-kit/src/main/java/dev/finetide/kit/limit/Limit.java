package dev.finetide.kit.limit;

import dev.finetide.proto.project.v1.ProjectLimits;
import java.time.Duration;
import java.util.Locale;
import java.util.function.ToLongFunction;

/// Names a thing of which a project may use so much.
public enum Limit {
    /// Work that waits for a worker, each kind for itself.
    QUEUED_RUNS(ProjectLimits::getQueuedRuns, LimitSettings::queuedRuns, Duration.ofSeconds(30)),

    /// Uploads, imports and derivations of versions at the same time, in this process.
    PARALLEL_UPLOADS(ProjectLimits::getParallelUploads, LimitSettings::parallelUploads, Duration.ofSeconds(5)),

    /// Watches, downloads and exports at the same time, in this process.
    PARALLEL_STREAMS(ProjectLimits::getParallelStreams, LimitSettings::parallelStreams, Duration.ofSeconds(5)),

    DATASET_BYTES(ProjectLimits::getDatasetBytes, LimitSettings::datasetBytes, Duration.ofMinutes(10)),

    BASE_BYTES(ProjectLimits::getBaseBytes, LimitSettings::baseBytes, Duration.ofMinutes(10));

    private final ToLongFunction<ProjectLimits> own;
    private final ToLongFunction<LimitSettings> setting;
    private final Duration again;

    /// @param again time after which a client that was refused may try again
    Limit(ToLongFunction<ProjectLimits> own, ToLongFunction<LimitSettings> setting, Duration again) {
        this.own = own;
        this.setting = setting;
        this.again = again;
    }

    /// Returns the name of the field of [ProjectLimits], which errors and metrics have.
    public String field() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Returns a project's own limit; 0 if it has none.
    long own(ProjectLimits limits) {
        return own.applyAsLong(limits);
    }

    long setting(LimitSettings settings) {
        return setting.applyAsLong(settings);
    }

    Duration again() {
        return again;
    }

    boolean isBytes() {
        return this == DATASET_BYTES || this == BASE_BYTES;
    }
}
