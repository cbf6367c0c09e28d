package dev.finetide.eval;

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

/// Serves AttemptService over gRPC, for the workers of evaluations. Decides nothing.
@GrpcService
public class EvaluationAttemptRpc extends AttemptServiceImplBase {
    private final RpcFunnel rpc;
    private final BlobLending lending;
    private final Evaluations evaluations;

    EvaluationAttemptRpc(RpcFunnel rpc, Evaluations evaluations, BlobLending lending) {
        this.rpc = rpc;
        this.lending = lending;
        this.evaluations = evaluations;
    }

    @Override
    @Blocking
    public void claimAttempt(ClaimAttemptRequest request, StreamObserver<ClaimAttemptResponse> observer) {
        rpc.unary(request, observer, () -> evaluations.claim(request));
    }

    @Override
    @Blocking
    public void checkAttempt(CheckAttemptRequest request, StreamObserver<CheckAttemptResponse> observer) {
        rpc.unary(request, observer, () -> evaluations.supervised().check(request));
    }

    @Override
    @Blocking
    public void lendBlobAccess(LendBlobAccessRequest request, StreamObserver<LendBlobAccessResponse> observer) {
        rpc.unary(
                request,
                observer,
                () -> lending.lend(evaluations.supervised().specOfWriter(request), request.getEpoch()));
    }
}
