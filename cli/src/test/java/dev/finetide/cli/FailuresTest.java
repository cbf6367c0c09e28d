package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, NOT_FOUND",
        "INVALID_ARGUMENT, REFUSED",
        "FAILED_PRECONDITION, REFUSED",
        "ALREADY_EXISTS, REFUSED",
        "ABORTED, REFUSED",
        "RESOURCE_EXHAUSTED, REFUSED",
        "PERMISSION_DENIED, REFUSED",
        "UNAVAILABLE, UNREACHABLE",
        "DEADLINE_EXCEEDED, UNREACHABLE",
        "INTERNAL, FAILED",
        "DATA_LOSS, FAILED"
    })
    void everyStatusHasItsExitCode(Status.Code code, ExitCode expected) {
        CommandFailedException told = Failures.describe(
                code.toStatus().withDescription("what happened").asRuntimeException());

        assertThat(told.exitCode()).isEqualTo(expected);
        assertThat(told.getMessage()).isEqualTo("what happened");
    }

    @Test
    void aRefusalForALimitSaysWhenToTryAgain() {
        CommandFailedException told =
                Failures.describe(StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                        .setCode(Status.Code.RESOURCE_EXHAUSTED.value())
                        .setMessage("projects/research has 20 runs that wait, and may have 20")
                        .addDetails(Any.pack(RetryInfo.newBuilder()
                                .setRetryDelay(Durations.fromSeconds(30))
                                .build()))
                        .build()));

        assertThat(told.exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(told.getMessage()).isEqualTo("projects/research has 20 runs that wait, and may have 20");
        assertThat(told.details()).containsExactly("try it again after 30 s");
    }

    @Test
    void withoutAStackTheUserIsToldHowToStartOne(@TempDir Path empty) {
        CliRun run = CliRun.of("run", "list", "--data", empty.toString());

        assertThat(run.exitCode()).isEqualTo(5);
        assertThat(run.err()).contains("no Finetide stack runs on").contains("./finetide up");
    }

    @Test
    void aTypingErrorIsAUsageErrorWithASuggestion() {
        CliRun run = CliRun.of("run", "crate");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("Did you mean").contains("run create");
    }

    @Test
    void anUnknownTopicIsAUsageErrorThatNamesTheTopics() {
        CliRun run = CliRun.of("events", "tail", "weather");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("weather").contains("finetide.model.v1");
    }

    @Test
    void aStackTraceIsShownOnlyToWhoeverAsks(@TempDir Path empty) {
        CliRun plain = CliRun.of("base", "list", "--data", empty.toString());
        CliRun debug = CliRun.of("base", "list", "--data", empty.toString(), "--debug");

        assertThat(plain.err()).doesNotContain("\tat ");
        assertThat(debug.err()).contains("\tat ");
    }
}
