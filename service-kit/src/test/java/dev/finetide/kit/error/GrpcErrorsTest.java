package dev.finetide.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLTransientConnectionException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /// A name that a client sends may have megabytes, and a status travels in headers.
    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "😀", "\n", "%"})
    void aStatusIsNeverLongerThanClientsTake(String letter) {
        String name = "projects/" + letter.repeat(1_000_000);
        List<ApiException.FieldViolation> violations =
                Collections.nCopies(1_000, new ApiException.FieldViolation("sha256", letter.repeat(100)));
        for (ApiException refused : List.of(
                ApiException.notFound(name),
                ApiException.invalidField(name, "is no name"),
                ApiException.invalidFields(violations),
                ApiException.illegalState(name, name, name))) {
            StatusRuntimeException failure = GrpcErrors.toStatus(refused);
            Metadata headers = Status.trailersFromThrowable(failure);
            byte[] details = headers.get(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER));
            long message = failure.getStatus().getDescription().getBytes(StandardCharsets.UTF_8).length;
            assertThat(details.length).isLessThan(6_000);
            assertThat(message * (letter.equals("a") ? 1 : 3) + details.length * 4 / 3)
                    .isLessThan(8_000);
            assertThat(GrpcErrors.reason(failure)).isEqualTo(refused.reason().name());
            assertThat(failure.getStatus().getDescription())
                    .startsWith(refused.getMessage().substring(0, 20))
                    .endsWith("...");
        }
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
