package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.watch.Feeds;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsResponse;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/// Serves EvaluationService over gRPC. Decides nothing.
@GrpcService
public class EvaluationRpc extends EvaluationServiceImplBase {
    private final RpcFunnel rpc;
    private final Evaluations evaluations;
    private final Ticker ticker;
    private final Feeds<EvaluationUpdate> updates;

    EvaluationRpc(RpcFunnel rpc, Evaluations evaluations, Ticker ticker, Notifications notifications) {
        this.rpc = rpc;
        this.evaluations = evaluations;
        this.ticker = ticker;
        this.updates = Feeds.wokenBy(
                notifications, evaluations::updatesAfter, EvaluationUpdate::getSequence, evaluations::hasEnded);
    }

    @Override
    @Blocking
    public void createEvaluation(CreateEvaluationRequest request, StreamObserver<Evaluation> observer) {
        rpc.unary(request, observer, () -> nudged(evaluations.create(request)));
    }

    @Override
    @Blocking
    public void getEvaluation(GetEvaluationRequest request, StreamObserver<Evaluation> observer) {
        rpc.unary(request, observer, () -> evaluations.get(request.getName()));
    }

    @Override
    @Blocking
    public void listEvaluations(ListEvaluationsRequest request, StreamObserver<ListEvaluationsResponse> observer) {
        rpc.unary(request, observer, () -> evaluations.list(request));
    }

    @Override
    @Blocking
    public void cancelEvaluation(CancelEvaluationRequest request, StreamObserver<Evaluation> observer) {
        rpc.unary(request, observer, () -> nudged(evaluations.cancel(request)));
    }

    @Override
    public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<EvaluationUpdate> observer) {
        rpc.watch(
                request,
                observer,
                () -> updates.watch(evaluations.watched(request.getName()).getName(), request.getAfterSequence()));
    }

    /// Returns the evaluation, and makes the ticker look at it as soon as possible.
    private Evaluation nudged(Evaluation evaluation) {
        ticker.nudge();
        return evaluation;
    }
}
