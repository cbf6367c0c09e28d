package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.FilledAnswers;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.project.v1.ProjectServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No answer of a service, whatever texts it holds, controls the terminal of the person who asked.
class TerminalTest {
    private static final String HOSTILE = "\u001b]0;title\u0007\u001b[31m\u009b2J\u202e\u2066\u200b\ufeff\u007f\rover";
    private static final List<ServiceDescriptor> SERVICES = List.of(
            DatasetServiceGrpc.getServiceDescriptor(),
            DatasetReportServiceGrpc.getServiceDescriptor(),
            TrainingRunServiceGrpc.getServiceDescriptor(),
            EvaluationServiceGrpc.getServiceDescriptor(),
            AdviceServiceGrpc.getServiceDescriptor(),
            BaseServiceGrpc.getServiceDescriptor(),
            ModelServiceGrpc.getServiceDescriptor(),
            ProjectServiceGrpc.getServiceDescriptor());

    @TempDir
    Path directory;

    @Test
    void noAnswerControlsTheTerminal() throws IOException {
        try (Platform platform = platform(service -> new FilledAnswers(service, HOSTILE))) {
            for (List<String> command : JsonOutputTest.commandLines(directory)) {
                assertHarmless(command, CliRun.against(platform, command.toArray(String[]::new)));
            }
        }
    }

    @Test
    void noRefusalControlsTheTerminal() throws IOException {
        Status refusal = Status.INVALID_ARGUMENT.withDescription(HOSTILE);
        try (Platform platform = platform(service -> () -> refusing(service, refusal))) {
            for (List<String> command : JsonOutputTest.commandLines(directory)) {
                CliRun run = CliRun.against(platform, command.toArray(String[]::new));
                assertHarmless(command, run);
                assertThat(run.err()).as(String.join(" ", command)).contains("␛");
            }
        }
    }

    @Test
    void noArgumentControlsTheTerminal() {
        for (List<String> command : List.of(
                List.of("run", HOSTILE),
                List.of("run", "show", "x", "--" + HOSTILE),
                List.of("run", "list", "--page-size", HOSTILE),
                List.of("dataset", "push", "x", HOSTILE))) {
            CliRun run = CliRun.of(command.toArray(String[]::new));
            assertHarmless(command, run);
            assertThat(run.err()).contains("␛");
        }
    }

    private static Platform platform(Function<ServiceDescriptor, BindableService> answers) {
        return new Platform(SERVICES.stream().map(answers).toArray(BindableService[]::new));
    }

    private static ServerServiceDefinition refusing(ServiceDescriptor service, Status refusal) {
        ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service);
        service.getMethods().forEach(method -> refuse(method, refusal, definition));
        return definition.build();
    }

    private static <Q, A> void refuse(
            MethodDescriptor<Q, A> method, Status refusal, ServerServiceDefinition.Builder definition) {
        definition.addMethod(method, ServerCalls.asyncBidiStreamingCall(client -> {
            client.onError(refusal.asRuntimeException());
            return new StreamObserver<>() {
                @Override
                public void onNext(Q part) {}

                @Override
                public void onError(Throwable broken) {}

                @Override
                public void onCompleted() {}
            };
        }));
    }

    private static void assertHarmless(List<String> command, CliRun run) {
        assertThat(run.out() + run.err())
                .as(String.join(" ", command))
                .isNotBlank()
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}&&[^\\n\\t]]");
    }
}
