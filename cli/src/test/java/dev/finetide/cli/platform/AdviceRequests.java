package dev.finetide.cli.platform;

import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc.AdviceServiceImplBase;
import dev.finetide.proto.evaluation.v1.CreateAdviceRequest;
import dev.finetide.proto.evaluation.v1.GetAdviceRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Stand-in for the advice of eval-service: each look gives the next of the test's answers, and the last one for ever.
public final class AdviceRequests extends AdviceServiceImplBase {
    public static final String NAME = "projects/default/advice/a-1";

    public final List<CreateAdviceRequest> created = new CopyOnWriteArrayList<>();
    public final List<Advice> answers = new CopyOnWriteArrayList<>();
    /// Number of looks that the service refuses, as while it restarts.
    public final AtomicInteger away = new AtomicInteger();

    private final AtomicInteger looks = new AtomicInteger();

    @Override
    public void createAdvice(CreateAdviceRequest request, StreamObserver<Advice> answer) {
        created.add(request);
        answer.onNext(
                Advice.newBuilder().setName(NAME).setSpec(request.getSpec()).build());
        answer.onCompleted();
    }

    @Override
    public void getAdvice(GetAdviceRequest request, StreamObserver<Advice> answer) {
        if (away.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            answer.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
        }
        answer.onNext(answers.get(Math.min(looks.getAndIncrement(), answers.size() - 1)));
        answer.onCompleted();
    }
}
