package dev.finetide.cli.platform;

import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsResponse;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.work.v1.State;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Stand-in for eval-service with one evaluation, which belongs to every run, and updates from the test. The first
/// lists do not have it, as before its event has arrived.
public final class Evaluations extends EvaluationServiceImplBase {
    public static final String NAME = "projects/default/evaluations/e-1";

    public final List<EvaluationUpdate> updates = new CopyOnWriteArrayList<>();
    public final List<CreateEvaluationRequest> created = new CopyOnWriteArrayList<>();
    public final AtomicInteger unknown = new AtomicInteger();
    /// Answer to every create; none if they succeed.
    public volatile StatusRuntimeException refusal;

    @Override
    public void createEvaluation(CreateEvaluationRequest request, StreamObserver<Evaluation> answer) {
        if (refusal != null) {
            answer.onError(refusal);
            return;
        }
        created.add(request);
        answer.onNext(Evaluation.newBuilder()
                .setName(NAME)
                .setSpec(request.getSpec())
                .setState(State.QUEUED)
                .build());
        answer.onCompleted();
    }

    @Override
    public void getEvaluation(GetEvaluationRequest request, StreamObserver<Evaluation> answer) {
        if (!request.getName().equals(NAME)) {
            answer.onError(Refusals.notFound(request.getName()));
            return;
        }
        answer.onNext(latest());
        answer.onCompleted();
    }

    @Override
    public void listEvaluations(ListEvaluationsRequest request, StreamObserver<ListEvaluationsResponse> answer) {
        ListEvaluationsResponse.Builder page = ListEvaluationsResponse.newBuilder();
        if (unknown.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
            page.addEvaluations(latest());
        }
        answer.onNext(page.build());
        answer.onCompleted();
    }

    private Evaluation latest() {
        return updates.stream()
                .filter(EvaluationUpdate::hasEvaluation)
                .map(EvaluationUpdate::getEvaluation)
                .reduce(Evaluation.getDefaultInstance(), (before, after) -> after)
                .toBuilder()
                .setName(NAME)
                .build();
    }

    @Override
    public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<EvaluationUpdate> answer) {
        if (!request.getName().equals(NAME)) {
            answer.onError(Refusals.notFound(request.getName()));
            return;
        }
        updates.stream()
                .filter(update -> update.getSequence() > request.getAfterSequence())
                .forEach(answer::onNext);
        answer.onCompleted();
    }
}
