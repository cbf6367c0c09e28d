package dev.finetide.kit.limit;

import dev.finetide.proto.project.v1.ProjectLimits;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/// Makes the limits of a test's projects.
public final class TestLimits {
    private final Map<Limit, Long> settings = new EnumMap<>(Limit.class);
    private final Map<String, ProjectLimits> projects = new HashMap<>();

    /// Returns limits that no project meets.
    public static Limits none() {
        return new TestLimits().build();
    }

    /// Returns limits of which all projects meet one.
    public static Limits of(Limit limit, long allowed) {
        return new TestLimits().setting(limit, allowed).build();
    }

    public TestLimits setting(Limit limit, long allowed) {
        settings.put(limit, allowed);
        return this;
    }

    /// @param project id of the project
    public TestLimits project(String project, ProjectLimits.Builder own) {
        projects.put(project, own.build());
        return this;
    }

    public Limits build() {
        return new Limits(
                new Settings(settings), project -> projects.getOrDefault(project, ProjectLimits.getDefaultInstance()));
    }

    private record Settings(Map<Limit, Long> values) implements LimitSettings {
        private long of(Limit limit) {
            return values.getOrDefault(limit, Long.MAX_VALUE);
        }

        @Override
        public long queuedRuns() {
            return of(Limit.QUEUED_RUNS);
        }

        @Override
        public long parallelUploads() {
            return of(Limit.PARALLEL_UPLOADS);
        }

        @Override
        public long parallelStreams() {
            return of(Limit.PARALLEL_STREAMS);
        }

        @Override
        public long datasetBytes() {
            return of(Limit.DATASET_BYTES);
        }

        @Override
        public long baseBytes() {
            return of(Limit.BASE_BYTES);
        }
    }
}
