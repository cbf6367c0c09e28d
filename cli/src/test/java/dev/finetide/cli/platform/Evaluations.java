package dev.finetide.cli.platform;

import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Stand-in for eval-service with updates from the test. The first watches do not find the evaluation, as before its
/// event has arrived.
public final class Evaluations extends EvaluationServiceImplBase {
    public final List<EvaluationUpdate> updates = new CopyOnWriteArrayList<>();
    public final AtomicInteger unknown = new AtomicInteger();

    @Override
    public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<EvaluationUpdate> answer) {
        if (unknown.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            answer.onError(Refusals.notFound(request.getName()));
            return;
        }
        updates.stream()
                .filter(update -> update.getSequence() > request.getAfterSequence())
                .forEach(answer::onNext);
        answer.onCompleted();
    }
}
