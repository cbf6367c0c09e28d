package dev.finetide.kit.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RpcTest {
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
        Rpc.answer(CreateTrainingRunRequest.getDefaultInstance(), answers, () -> "yes");
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
        Rpc.answer(request, answers, () -> "no");
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
        assertThatThrownBy(() -> Rpc.refuseUnknown(later, "")).hasMessageContaining("method=77");
        assertThatCode(() ->
                        Rpc.refuseUnknown(later.toBuilder().setMethodValue(1).build(), ""))
                .doesNotThrowAnyException();
    }

    @Test
    void detailsCarryReasonMetadataAndFields() throws Exception {
        StatusRuntimeException failure =
                GrpcErrors.toStatus(ApiException.invalidField("learning_rate", "expected > 0, got -1.0"));
        com.google.rpc.Status status = StatusProto.fromThrowable(failure);
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
        assertThat(info.getReason()).isEqualTo("INVALID_FIELD");
        assertThat(info.getDomain()).isEqualTo("finetide.dev");
        assertThat(status.getDetails(1)
                        .unpack(BadRequest.class)
                        .getFieldViolations(0)
                        .getField())
                .isEqualTo("learning_rate");
    }

    @Test
    void theWordsOfABugStayInTheLog() {
        StatusRuntimeException failure = GrpcErrors.toStatus(new NullPointerException("row text"));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(failure.getMessage()).doesNotContain("row text").doesNotContain("NullPointer");
    }

    @Test
    void aDatabaseThatIsAwayIsUnavailable() {
        StatusRuntimeException failure =
                GrpcErrors.toStatus(new IllegalStateException(new SQLTransientConnectionException("pool is empty")));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
}
