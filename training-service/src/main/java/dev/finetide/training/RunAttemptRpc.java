package dev.finetide.training;

import dev.finetide.kit.launch.BlobLending;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc.AttemptServiceImplBase;
import dev.finetide.proto.worker.v1.CheckAttemptRequest;
import dev.finetide.proto.worker.v1.CheckAttemptResponse;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.LendBlobAccessRequest;
import dev.finetide.proto.worker.v1.LendBlobAccessResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/// Serves AttemptService over gRPC, for the workers of training runs. Decides nothing.
@GrpcService
public class RunAttemptRpc extends AttemptServiceImplBase {
    private final RpcFunnel rpc;
    private final BlobLending lending;
    private final TrainingRuns runs;

    RunAttemptRpc(RpcFunnel rpc, TrainingRuns runs, BlobLending lending) {
        this.rpc = rpc;
        this.lending = lending;
        this.runs = runs;
    }

    @Override
    @Blocking
    public void claimAttempt(ClaimAttemptRequest request, StreamObserver<ClaimAttemptResponse> observer) {
        rpc.unary(request, observer, () -> runs.claim(request));
    }

    @Override
    @Blocking
    public void checkAttempt(CheckAttemptRequest request, StreamObserver<CheckAttemptResponse> observer) {
        rpc.unary(request, observer, () -> runs.supervised().check(request));
    }

    @Override
    @Blocking
    public void lendBlobAccess(LendBlobAccessRequest request, StreamObserver<LendBlobAccessResponse> observer) {
        rpc.unary(request, observer, () -> lending.lend(runs.supervised().specOfWriter(request), request.getEpoch()));
    }
}
