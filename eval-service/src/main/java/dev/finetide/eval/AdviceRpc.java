package dev.finetide.eval;

import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc.AdviceServiceImplBase;
import dev.finetide.proto.evaluation.v1.CancelAdviceRequest;
import dev.finetide.proto.evaluation.v1.CreateAdviceRequest;
import dev.finetide.proto.evaluation.v1.GetAdviceRequest;
import dev.finetide.proto.evaluation.v1.ListAdviceRequest;
import dev.finetide.proto.evaluation.v1.ListAdviceResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/// Serves AdviceService over gRPC. Decides nothing.
@GrpcService
public class AdviceRpc extends AdviceServiceImplBase {
    private final RpcFunnel rpc;
    private final Advisor advisor;

    AdviceRpc(RpcFunnel rpc, Advisor advisor) {
        this.rpc = rpc;
        this.advisor = advisor;
    }

    @Override
    @Blocking
    public void createAdvice(CreateAdviceRequest request, StreamObserver<Advice> observer) {
        rpc.unary(request, observer, () -> advisor.create(request));
    }

    @Override
    @Blocking
    public void getAdvice(GetAdviceRequest request, StreamObserver<Advice> observer) {
        rpc.unary(request, observer, () -> advisor.get(request.getName()));
    }

    @Override
    @Blocking
    public void listAdvice(ListAdviceRequest request, StreamObserver<ListAdviceResponse> observer) {
        rpc.unary(request, observer, () -> advisor.list(request));
    }

    @Override
    @Blocking
    public void cancelAdvice(CancelAdviceRequest request, StreamObserver<Advice> observer) {
        rpc.unary(request, observer, () -> advisor.cancel(request));
    }
}
