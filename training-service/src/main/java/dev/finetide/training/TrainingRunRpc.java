package dev.finetide.training;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.watch.Feeds;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.DeleteTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.ReadTrainingRunLogRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunLogChunk;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceImplBase;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/// Serves TrainingRunService over gRPC. Decides nothing.
@GrpcService
public class TrainingRunRpc extends TrainingRunServiceImplBase {
    private final RpcFunnel rpc;
    private final TrainingRuns runs;
    private final Ticker ticker;
    private final Feeds<TrainingRunUpdate> updates;

    TrainingRunRpc(RpcFunnel rpc, TrainingRuns runs, Ticker ticker, Notifications notifications) {
        this.rpc = rpc;
        this.runs = runs;
        this.ticker = ticker;
        this.updates = Feeds.wokenBy(notifications, runs::updatesAfter, TrainingRunUpdate::getSequence, runs::hasEnded);
    }

    @Override
    @Blocking
    public void createTrainingRun(CreateTrainingRunRequest request, StreamObserver<TrainingRun> observer) {
        rpc.unary(request, observer, () -> nudged(runs.create(request)));
    }

    @Override
    @Blocking
    public void getTrainingRun(GetTrainingRunRequest request, StreamObserver<TrainingRun> observer) {
        rpc.unary(request, observer, () -> runs.get(request.getName()));
    }

    @Override
    @Blocking
    public void listTrainingRuns(ListTrainingRunsRequest request, StreamObserver<ListTrainingRunsResponse> observer) {
        rpc.unary(request, observer, () -> runs.list(request));
    }

    @Override
    @Blocking
    public void cancelTrainingRun(CancelTrainingRunRequest request, StreamObserver<TrainingRun> observer) {
        rpc.unary(request, observer, () -> nudged(runs.cancel(request)));
    }

    @Override
    @Blocking
    public void deleteTrainingRun(DeleteTrainingRunRequest request, StreamObserver<TrainingRun> observer) {
        rpc.unary(request, observer, () -> nudged(runs.delete(request)));
    }

    @Override
    public void watchTrainingRun(WatchTrainingRunRequest request, StreamObserver<TrainingRunUpdate> observer) {
        rpc.watch(
                request,
                observer,
                () -> updates.watch(runs.get(request.getName()).getName(), request.getAfterSequence()));
    }

    @Override
    public void readTrainingRunLog(ReadTrainingRunLogRequest request, StreamObserver<TrainingRunLogChunk> observer) {
        rpc.watch(request, observer, () -> new RunLog(runs, runs.get(request.getName())));
    }

    /// Returns the run, and makes the ticker look at it as soon as possible.
    private TrainingRun nudged(TrainingRun run) {
        ticker.nudge();
        return run;
    }
}
