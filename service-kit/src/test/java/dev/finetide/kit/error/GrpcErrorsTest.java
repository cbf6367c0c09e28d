package dev.finetide.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;

class GrpcErrorsTest {
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

    @Test
    void aDiskWithoutSpaceIsStorageThatIsFull() {
        StatusRuntimeException failure =
                GrpcErrors.toStatus(new UncheckedIOException(new IOException("No space left on device")));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(GrpcErrors.hasReason(failure, ErrorReason.STORAGE_FULL)).isTrue();
        assertThat(GrpcErrors.toStatus(new IOException("row text")).getMessage())
                .doesNotContain("row text");
    }
}
