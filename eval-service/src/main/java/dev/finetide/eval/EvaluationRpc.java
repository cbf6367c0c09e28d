package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Rpc;
import dev.finetide.kit.watch.Updates;
import dev.finetide.kit.watch.WatchStream;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
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

/// EvaluationService over gRPC. Decides nothing.
@GrpcService
public class EvaluationRpc extends EvaluationServiceImplBase {
    private final Evaluations evaluations;
    private final Ticker ticker;

    EvaluationRpc(Evaluations evaluations, Ticker ticker) {
        this.evaluations = evaluations;
        this.ticker = ticker;
    }

    @Override
    @Blocking
    public void getEvaluation(GetEvaluationRequest request, StreamObserver<Evaluation> observer) {
        Rpc.answer(request, observer, () -> evaluations.get(request.getName()));
    }

    @Override
    @Blocking
    public void listEvaluations(ListEvaluationsRequest request, StreamObserver<ListEvaluationsResponse> observer) {
        Rpc.answer(request, observer, () -> evaluations.list(request));
    }

    @Override
    @Blocking
    public void cancelEvaluation(CancelEvaluationRequest request, StreamObserver<Evaluation> observer) {
        Rpc.answer(request, observer, () -> {
            Evaluation evaluation = evaluations.cancel(request);
            ticker.nudge();
            return evaluation;
        });
    }

    @Override
    public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<EvaluationUpdate> observer) {
        WatchStream.serve(observer, () -> {
            Rpc.refuseUnknown(request, "");
            String name = evaluations.get(request.getName()).getName();
            if (request.getAfterSequence() < 0) {
                throw ApiException.invalidField(
                        "after_sequence", "expected 0 or more, got " + request.getAfterSequence());
            }
            return new Updates<>(
                    request.getAfterSequence(),
                    sequence -> evaluations.updatesAfter(name, sequence),
                    EvaluationUpdate::getSequence,
                    () -> evaluations.hasEnded(name));
        });
    }
}
