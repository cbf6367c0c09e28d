package dev.finetide.cli.platform;

import com.google.rpc.Code;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ReadTrainingRunLogRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunLogChunk;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceImplBase;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Stand-in for training-service with updates from the test. A watch sends at most `updatesAStream` updates after the
/// client's sequence number. Then the stream is cut, as when the service restarts.
public final class Runs extends TrainingRunServiceImplBase {
    public final List<CreateTrainingRunRequest> created = new CopyOnWriteArrayList<>();
    public final List<TrainingRunUpdate> updates = new CopyOnWriteArrayList<>();
    public final List<Long> watchedAfter = new CopyOnWriteArrayList<>();
    public final List<TrainingRunLogChunk> log = new CopyOnWriteArrayList<>();
    public volatile int updatesAStream = Integer.MAX_VALUE;
    /// Number of watches after which the service says that it stops.
    public volatile int staysAwayAfterWatches = Integer.MAX_VALUE;
    /// Whether watches end with an internal error.
    public volatile boolean bug;
    /// Whether there is no such run.
    public volatile boolean missing;
    /// Number of creates that succeed, but whose answers are lost.
    public final AtomicInteger lostAnswers = new AtomicInteger();

    /// Runs that are found by their names.
    public final Map<String, TrainingRun> byName = new ConcurrentHashMap<>();

    private final Map<String, TrainingRun> byRequestId = new ConcurrentHashMap<>();

    @Override
    public void createTrainingRun(CreateTrainingRunRequest request, StreamObserver<TrainingRun> answer) {
        created.add(request);
        if (request.getConfig().getLearningRate() < 0) {
            answer.onError(Refusals.refusal(
                    Code.INVALID_ARGUMENT,
                    "INVALID_FIELD",
                    "config.learning_rate: must be > 0, is "
                            + request.getConfig().getLearningRate(),
                    "config.learning_rate",
                    "must be > 0, is " + request.getConfig().getLearningRate()));
            return;
        }
        TrainingRun run = byRequestId.computeIfAbsent(
                request.getRequestId(),
                id -> TrainingRun.newBuilder()
                        .setName(request.getParent() + "/trainingRuns/run-" + (byRequestId.size() + 1))
                        .setConfig(request.getConfig())
                        .setState(State.QUEUED)
                        .build());
        if (lostAnswers.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            answer.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
        }
        answer.onNext(run);
        answer.onCompleted();
    }

    @Override
    public void getTrainingRun(GetTrainingRunRequest request, StreamObserver<TrainingRun> answer) {
        TrainingRun run = byName.get(request.getName());
        if (run == null) {
            answer.onError(Refusals.notFound(request.getName()));
            return;
        }
        answer.onNext(run);
        answer.onCompleted();
    }

    @Override
    public void watchTrainingRun(WatchTrainingRunRequest request, StreamObserver<TrainingRunUpdate> answer) {
        watchedAfter.add(request.getAfterSequence());
        if (missing) {
            answer.onError(Refusals.notFound(request.getName()));
            return;
        }
        if (bug) {
            answer.onError(
                    Refusals.refusal(Code.INTERNAL, "INTERNAL_ERROR", "internal error, the service's log has it"));
            return;
        }
        if (watchedAfter.size() > staysAwayAfterWatches) {
            answer.onError(Refusals.refusal(Code.UNAVAILABLE, "SERVICE_STOPPING", "the service is stopping"));
            return;
        }
        List<TrainingRunUpdate> rest = updates.stream()
                .filter(update -> update.getSequence() > request.getAfterSequence())
                .toList();
        rest.stream().limit(updatesAStream).forEach(answer::onNext);
        if (rest.size() > updatesAStream) {
            answer.onError(Status.UNAVAILABLE.asRuntimeException());
        } else {
            answer.onCompleted();
        }
    }

    @Override
    public void readTrainingRunLog(ReadTrainingRunLogRequest request, StreamObserver<TrainingRunLogChunk> answer) {
        log.forEach(answer::onNext);
        answer.onCompleted();
    }
}
