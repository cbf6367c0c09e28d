package dev.finetide.training;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Rpc;
import dev.finetide.kit.watch.Updates;
import dev.finetide.kit.watch.WatchStream;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
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

/// TrainingRunService over gRPC. Decides nothing.
@GrpcService
public class TrainingRunRpc extends TrainingRunServiceImplBase {
    private final TrainingRuns runs;
    private final Ticker ticker;

    TrainingRunRpc(TrainingRuns runs, Ticker ticker) {
        this.runs = runs;
        this.ticker = ticker;
    }

    @Override
    @Blocking
    public void createTrainingRun(CreateTrainingRunRequest request, StreamObserver<TrainingRun> observer) {
        Rpc.answer(request, observer, () -> {
            TrainingRun run = runs.create(request);
            ticker.nudge();
            return run;
        });
    }

    @Override
    @Blocking
    public void getTrainingRun(GetTrainingRunRequest request, StreamObserver<TrainingRun> observer) {
        Rpc.answer(request, observer, () -> runs.get(request.getName()));
    }

    @Override
    @Blocking
    public void listTrainingRuns(ListTrainingRunsRequest request, StreamObserver<ListTrainingRunsResponse> observer) {
        Rpc.answer(request, observer, () -> runs.list(request));
    }

    @Override
    @Blocking
    public void cancelTrainingRun(CancelTrainingRunRequest request, StreamObserver<TrainingRun> observer) {
        Rpc.answer(request, observer, () -> {
            TrainingRun run = runs.cancel(request);
            ticker.nudge();
            return run;
        });
    }

    @Override
    public void watchTrainingRun(WatchTrainingRunRequest request, StreamObserver<TrainingRunUpdate> observer) {
        WatchStream.serve(observer, () -> {
            Rpc.refuseUnknown(request, "");
            String name = runs.get(request.getName()).getName();
            if (request.getAfterSequence() < 0) {
                throw ApiException.invalidField(
                        "after_sequence", "expected 0 or more, got " + request.getAfterSequence());
            }
            return new Updates<>(
                    request.getAfterSequence(),
                    sequence -> runs.updatesAfter(name, sequence),
                    TrainingRunUpdate::getSequence,
                    () -> runs.hasEnded(name));
        });
    }

    @Override
    public void readTrainingRunLog(ReadTrainingRunLogRequest request, StreamObserver<TrainingRunLogChunk> observer) {
        WatchStream.serve(observer, () -> {
            Rpc.refuseUnknown(request, "");
            return new RunLog(runs, runs.get(request.getName()));
        });
    }
}
