package dev.finetide.eval;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingEstimate;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Plays training-service: keeps runs, and ends them when a test says so.
final class FakeTrainingRuns implements TrainingRuns {
    final List<TrainingRun> created = new ArrayList<>();
    final List<String> cancelled = new ArrayList<>();
    boolean unreachable;
    /// Whether the project has as many runs as it may have.
    boolean full;
    String refusal = "";

    private final Map<String, TrainingRun> runs = new LinkedHashMap<>();
    private final Map<String, String> requests = new HashMap<>();

    @Override
    public TrainingRun create(CreateTrainingRunRequest request) {
        check();
        if (full) {
            throw ApiException.of(ErrorReason.QUOTA_EXCEEDED, "projects/default has 20 runs that wait");
        }
        if (!refusal.isEmpty()) {
            throw ApiException.of(ErrorReason.INVALID_FIELD, refusal);
        }
        String known = requests.get(request.getRequestId());
        if (known != null && !request.getRequestId().isEmpty()) {
            return runs.get(known);
        }
        String name = "projects/default/trainingRuns/run-" + (runs.size() + 1);
        requests.put(request.getRequestId(), name);
        TrainingRun run = TrainingRun.newBuilder()
                .setName(name)
                .setState(State.QUEUED)
                .setConfig(request.getConfig())
                .setSubmitter(request.getSubmitter())
                .setDatasetVersion(DatasetVersion.newBuilder()
                        .setName(FakeCatalog.DATASET + 3)
                        .setDigest("tickets-3")
                        .setTrainRows(Stage.TRAIN_ROWS)
                        .setTestRows(Stage.ROWS))
                .setBase(Base.newBuilder().setName(FakeCatalog.BASE).setDigest(FakeCatalog.BASE_DIGEST))
                .build();
        runs.put(name, run);
        created.add(run);
        return run;
    }

    /// Ends a run.
    ///
    /// @param seconds estimate of a dry run
    /// @param modelVersion version of a run that has trained; empty for a dry run
    void succeed(String name, double seconds, String modelVersion) {
        runs.computeIfPresent(
                name,
                (_, run) -> run.toBuilder()
                        .setState(State.SUCCEEDED)
                        .setEstimate(TrainingEstimate.newBuilder().setSeconds(seconds))
                        .setModelVersion(modelVersion)
                        .setOutput(Stage.anOutput(name.substring(name.lastIndexOf('/') + 1)))
                        .build());
    }

    @Override
    public TrainingRun get(String name) {
        check();
        return runs.get(name);
    }

    @Override
    public List<TrainingRun> recent(String parent) {
        check();
        return List.copyOf(runs.values());
    }

    @Override
    public void cancel(String name) {
        cancelled.add(name);
    }

    private void check() {
        if (unreachable) {
            throw ApiException.of(ErrorReason.DEPENDENCY_UNAVAILABLE, "training-service cannot be reached, try again");
        }
    }
}
