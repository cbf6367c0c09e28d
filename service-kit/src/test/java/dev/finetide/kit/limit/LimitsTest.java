package dev.finetide.kit.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.project.v1.ProjectLimits;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LimitsTest {
    private final Limits limits = new TestLimits()
            .setting(Limit.QUEUED_RUNS, 20)
            .setting(Limit.DATASET_BYTES, 5_000)
            .project("research", ProjectLimits.newBuilder().setQueuedRuns(50))
            .build();

    @Test
    void aProjectsOwnLimitCountsAndElseTheSetting() {
        assertThat(limits.allowed(Limit.QUEUED_RUNS, "research")).isEqualTo(50);
        assertThat(limits.allowed(Limit.DATASET_BYTES, "research")).isEqualTo(5_000);
        assertThat(limits.allowed(Limit.QUEUED_RUNS, "default")).isEqualTo(20);
    }

    @Test
    void aRefusalSaysWhatIsUsedAndAllowedAndWhenToTryAgain() throws Exception {
        assertThatCode(() -> limits.checkOneMore(Limit.QUEUED_RUNS, "default", 19, "runs that wait"))
                .doesNotThrowAnyException();
        ApiException refusal = catchThrowableOfType(
                ApiException.class, () -> limits.checkOneMore(Limit.QUEUED_RUNS, "default", 20, "runs that wait"));
        assertThat(refusal)
                .hasMessage("projects/default has 20 runs that wait, and may have 20: try again when there are fewer");
        assertThat(refusal.metadata())
                .isEqualTo(
                        Map.of("limit", "queued_runs", "allowed", "20", "used", "20", "project", "projects/default"));
        StatusRuntimeException status = GrpcErrors.toStatus(refusal);
        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        RetryInfo retry = StatusProto.fromThrowable(status).getDetails(1).unpack(RetryInfo.class);
        assertThat(Durations.toSeconds(retry.getRetryDelay())).isEqualTo(30);
    }

    @Test
    void bytesAreRefusedBeforeTheyWouldPassTheLimit() {
        assertThatCode(() -> limits.checkBytes(Limit.DATASET_BYTES, "default", 4_000, 1_000, "datasets"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> limits.checkBytes(Limit.DATASET_BYTES, "default", 4_000, 1_001, "datasets"))
                .hasMessage("projects/default has 4,000 bytes of datasets, 1,001 more would come, and may have 5,000:"
                        + " try again when something is deleted");
        assertThatThrownBy(() -> limits.checkBytes(Limit.DATASET_BYTES, "default", 5_000, 0, "datasets"))
                .hasMessage("projects/default has 5,000 bytes of datasets, and may have 5,000:"
                        + " try again when something is deleted");
        assertThatThrownBy(() -> limits.checkBytes(Limit.DATASET_BYTES, "default", 9_000, Long.MAX_VALUE, "datasets"))
                .isInstanceOf(ApiException.class);
    }

    @ParameterizedTest
    @EnumSource
    void everyLimitHasAFieldAndASetting(Limit limit) {
        assertThat(ProjectLimits.getDescriptor().findFieldByName(limit.field())).isNotNull();
        assertThat(TestLimits.of(limit, 7).allowed(limit, "default")).isEqualTo(7);
        assertThatThrownBy(() -> TestLimits.of(limit, 0))
                .hasMessageStartingWith("finetide.limits." + limit.field().replace('_', '-'))
                .hasMessageContaining("expected 1 or more, got 0");
    }
}
