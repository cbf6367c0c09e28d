package dev.finetide.kit.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class RpcFunnelTest {
    private static final GetTrainingRunRequest REQUEST = GetTrainingRunRequest.newBuilder()
            .setName("projects/default/trainingRuns/r")
            .build();

    private final RequestRules rules = new RequestRules();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final RpcFunnel rpc = new RpcFunnel(rules, meters, new Stopping(), new Slots(TestLimits.none()));

    private static final class Answers implements StreamObserver<String> {
        private final List<String> values = new ArrayList<>();
        private Throwable error;
        private boolean completed;

        @Override
        public void onNext(String value) {
            values.add(value);
        }

        @Override
        public void onError(Throwable failure) {
            error = failure;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }
    }

    @Test
    void answersOnceAndCompletes() {
        Answers answers = new Answers();
        rpc.unary(REQUEST, answers, () -> "yes");
        assertThat(answers.values).containsExactly("yes");
        assertThat(answers.completed).isTrue();
    }

    @Test
    void aSettingThisVersionDoesNotKnowIsRefusedByItsPlace() {
        // Given: a field number of a later version, inside a nested message
        TrainingConfig later = TrainingConfig.newBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                999,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build();
        CreateTrainingRunRequest request =
                CreateTrainingRunRequest.newBuilder().setConfig(later).build();
        // When
        Answers answers = new Answers();
        rpc.unary(request, answers, () -> "no");
        // Then
        assertThat(answers.values).isEmpty();
        com.google.rpc.Status status = StatusProto.fromThrowable(answers.error);
        assertThat(status.getMessage()).contains("config#999");
        assertThat(GrpcErrors.hasReason((StatusRuntimeException) answers.error, ErrorReason.UNKNOWN_SETTING))
                .isTrue();
    }

    @Test
    void anEnumValueThisVersionDoesNotKnowIsRefused() {
        TrainingConfig later = TrainingConfig.newBuilder().setMethodValue(77).build();
        assertThatThrownBy(() -> rules.check(later)).hasMessageContaining("method=77");
        assertThatCode(() -> rules.check(later.toBuilder()
                        .setMethodValue(1)
                        .setDatasetVersion("projects/default/datasets/tickets/versions/1")
                        .setBase("projects/default/bases/tiny")
                        .build()))
                .doesNotThrowAnyException();
    }

    @Test
    void everythingThatBreaksARuleIsToldAtOnce() {
        // Given
        RequestRules two = new RequestRules(request -> List.of(new FieldViolation("page_token", "does not fit")));
        RpcFunnel checked = new RpcFunnel(two, meters, new Stopping(), new Slots(TestLimits.none()));
        Answers answers = new Answers();
        // When
        checked.unary(ListTrainingRunsRequest.newBuilder().setPageSize(-1).build(), answers, () -> "no");
        // Then
        assertThat(answers.values).isEmpty();
        assertThat(Status.fromThrowable(answers.error).getDescription())
                .isEqualTo("parent: is required, expected projects/*; page_size: expected 0 to 1000, got -1;"
                        + " page_token: does not fit");
        assertThat(GrpcErrors.hasReason((StatusRuntimeException) answers.error, ErrorReason.INVALID_FIELD))
                .isTrue();
    }

    @Test
    void aRefusalIsCountedByItsReason() {
        rpc.unary(REQUEST, new Answers(), () -> {
            throw ApiException.notFound("projects/default/datasets/none");
        });
        rpc.unary(REQUEST, new Answers(), () -> "yes");
        assertThat(meters.get("finetide.rpc.refusals")
                        .tag("reason", "RESOURCE_NOT_FOUND")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void anErrorOfTheMachineIsAnsweredToo() {
        Answers answers = new Answers();
        rpc.unary(REQUEST, answers, () -> {
            throw new StackOverflowError("on purpose");
        });
        assertThat(Status.fromThrowable(answers.error).getCode()).isEqualTo(Status.Code.INTERNAL);
    }

    @Test
    void workDoesNotBeginAfterTheCallersDeadline() {
        // Given
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (Context.CancellableContext late =
                Context.current().withDeadline(Deadline.after(-1, TimeUnit.SECONDS), timer)) {
            Answers answers = new Answers();
            AtomicBoolean worked = new AtomicBoolean();
            // When
            late.run(() -> rpc.unary(REQUEST, answers, () -> {
                worked.set(true);
                return "too late";
            }));
            // Then
            assertThat(worked).isFalse();
            assertThat(answers.values).isEmpty();
            assertThat(Status.fromThrowable(answers.error).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        } finally {
            timer.shutdownNow();
        }
    }
}
