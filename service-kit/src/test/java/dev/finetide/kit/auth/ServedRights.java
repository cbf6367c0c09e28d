package dev.finetide.kit.auth;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import build.buf.validate.ValidateProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.proto.auth.AttemptToken;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.v1.Access;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.Member;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectChanged;
import dev.finetide.proto.project.v1.ProjectEvent;
import dev.finetide.proto.rule.v1.RuleProto;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Calls every rpc of a service as nobody, as a stranger of another project, as a worker of no attempt
/// and as each role, and every kind of HTTP route. The expected answers follow from the protos.
public final class ServedRights {
    private static final Map<String, Role> CALLERS =
            Map.of("vera", Role.VIEWER, "sam", Role.SUBMITTER, "rita", Role.REVIEWER, "alma", Role.ADMIN);

    private ServedRights() {}

    /// Verifies the answers of a server on loopback: to callers who have their roles by token, and to
    /// callers who have them as members of a project, which the server learns from its topic.
    public static void verify(int port, List<ServiceDescriptor> services) {
        withChannel(port, channel -> {
            verify(channel, services, "default");
            String project = "p" + Long.toHexString(System.nanoTime());
            tell(withMembers(project));
            MethodDescriptor<?, ?> submitting = services.stream()
                    .flatMap(service -> service.getMethods().stream())
                    .filter(method -> ruleOf(method).needs().getRole() == Role.SUBMITTER)
                    .findFirst()
                    .orElseThrow();
            // A viewer is told which role is needed; who has none is not told that the project exists.
            await().until(() -> code(as(channel, "vera"), submitting, project) == Status.Code.PERMISSION_DENIED);
            verify(channel, services, project);
            tell(withMembers(project).clearMembers());
            await().until(() -> code(as(channel, "vera"), submitting, project) == Status.Code.NOT_FOUND);
        });
    }

    private static Project.Builder withMembers(String project) {
        Project.Builder members = Project.newBuilder().setName("projects/" + project);
        CALLERS.forEach((caller, role) -> members.addMembers(
                Member.newBuilder().setSubject(caller).setIssuer("tokens-file").setRole(role)));
        // The stranger has the name of a member, and another issuer.
        return members.addMembers(Member.newBuilder()
                .setSubject("stranger")
                .setIssuer("https://login.example.com")
                .setRole(Role.ADMIN));
    }

    private static void tell(Project.Builder project) {
        project.setUpdateTime(Timestamps.fromMillis(System.currentTimeMillis()));
        ProjectEvent event = ProjectEvent.newBuilder()
                .setProjectChanged(ProjectChanged.newBuilder().setProject(project))
                .build();
        new TopicProbe(Infrastructure.get().bootstrapServers(), "finetide.project.v1")
                .send(
                        project.getName(),
                        event.toByteArray(),
                        Map.of("ce_id", UUID.randomUUID().toString()));
    }

    /// @param project project in which the callers have their roles
    private static void verify(Channel channel, List<ServiceDescriptor> services, String project) {
        for (ServiceDescriptor service : services) {
            for (MethodDescriptor<?, ?> method : service.getMethods()) {
                verify(channel, method, project);
            }
        }
    }

    private static void withChannel(int port, Consumer<Channel> calls) {
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        try {
            calls.accept(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    private static void verify(Channel channel, MethodDescriptor<?, ?> method, String project) {
        String name = method.getFullMethodName();
        Access needs = ruleOf(method).needs();
        assertThat(code(channel, method, project)).as("%s as nobody", name).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(code(as(channel, "somebody-else"), method, project))
                .as("%s with an unknown token", name)
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        ClientInterceptor worker = BearerToken.onEveryCall(() -> AttemptToken.PREFIX + "1_" + "0".repeat(64));
        assertThat(code(ClientInterceptors.intercept(channel, worker), method, project))
                .as("%s as a worker of no attempt", name)
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        Status.Code stranger = code(as(channel, "stranger"), method, project);
        if (needs.getAnyCaller()) {
            assertThat(stranger).as("%s as a stranger", name).isEqualTo(Status.Code.OK);
        } else {
            assertThat(stranger)
                    .as("%s as a stranger", name)
                    .isEqualTo(
                            needs.getWorker() || needs.getAllProjects()
                                    ? Status.Code.PERMISSION_DENIED
                                    : Status.Code.NOT_FOUND);
        }
        CALLERS.forEach((caller, role) ->
                verify(role, isEnough(role, needs), code(as(channel, caller), method, project), name));
        verify(Role.ADMIN, !needs.getWorker(), code(as(channel, TestCallers.ADMIN), method, project), name);
    }

    private static AccessRule ruleOf(MethodDescriptor<?, ?> method) {
        return AccessRule.of(method).orElseThrow();
    }

    private static boolean isEnough(Role role, Access needs) {
        return !needs.getWorker()
                && !needs.getAllProjects()
                && role.getNumber() >= needs.getRole().getNumber();
    }

    private static void verify(Role role, boolean allowed, Status.Code answered, String name) {
        if (allowed) {
            assertThat(answered)
                    .as("%s as %s", name, role)
                    .isNotIn(Status.Code.UNAUTHENTICATED, Status.Code.PERMISSION_DENIED);
        } else {
            assertThat(answered).as("%s as %s", name, role).isEqualTo(Status.Code.PERMISSION_DENIED);
        }
    }

    private static Channel as(Channel channel, String caller) {
        ClientInterceptor token = TestCallers.as(caller);
        return ClientInterceptors.intercept(channel, token);
    }

    /// Makes a call with one message that names its resource and nothing else, and returns how the
    /// call ends.
    private static Status.Code code(Channel channel, MethodDescriptor<?, ?> method, String project) {
        AccessRule rule = ruleOf(method);
        var proto = ((ProtoMethodDescriptorSupplier) method.getSchemaDescriptor()).getMethodDescriptor();
        MethodDescriptor<DynamicMessage, DynamicMessage> dynamic =
                MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder(
                                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(proto.getInputType())),
                                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(proto.getOutputType())))
                        .setFullMethodName(method.getFullMethodName())
                        .setType(method.getType())
                        .build();
        CompletableFuture<Status.Code> end = new CompletableFuture<>();
        ClientCall<DynamicMessage, DynamicMessage> call =
                channel.newCall(dynamic, CallOptions.DEFAULT.withDeadlineAfter(3, TimeUnit.MINUTES));
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.complete(status.getCode());
                    }
                },
                new Metadata());
        String place = rule.needs().getAllProjects() ? "none-" + Long.toHexString(System.nanoTime()) : project;
        call.sendMessage(
                rule.path().isEmpty()
                        ? DynamicMessage.getDefaultInstance(proto.getInputType())
                        : request(proto.getInputType(), rule.path(), place));
        call.halfClose();
        call.request(100);
        return end.join();
    }

    private static DynamicMessage request(
            com.google.protobuf.Descriptors.Descriptor type, List<FieldDescriptor> path, String project) {
        FieldDescriptor field = type.findFieldByNumber(path.getFirst().getNumber());
        Object value = path.size() == 1
                ? name(field, project)
                : request(field.getMessageType(), path.subList(1, path.size()), project);
        return DynamicMessage.newBuilder(type).setField(field, value).build();
    }

    /// Returns a name in the project that nothing has.
    private static String name(FieldDescriptor field, String project) {
        String form = field.getOptions()
                .getExtension(ValidateProto.field)
                .getString()
                .getExtension(RuleProto.name)
                .split(" or ")[0];
        return form.replaceFirst("\\*", project)
                .replace("versions/*", "versions/7")
                .replace("*", "none-" + Long.toHexString(System.nanoTime()));
    }

    /// Verifies which paths need a token.
    ///
    /// @param port HTTP port
    public static void verifyHttp(int port) throws IOException {
        assertThat(status(port, "/q/health", "")).isEqualTo(200);
        assertThat(status(port, "/q/health/ready", "")).isEqualTo(200);
        assertThat(status(port, "/q/metrics", "")).isEqualTo(200);
        for (String path : List.of("/", "/q", "/q/dev", "/q/healthy", "/q/metricsx", "/q/health/../x", "/anything")) {
            assertThat(status(port, path, "")).as(path).isEqualTo(401);
        }
        assertThat(status(port, "/anything", TestCallers.token("vera"))).isEqualTo(404);
        for (String unknown : List.of("unknown", "fta_", "fta_1_" + "0".repeat(64))) {
            assertThat(status(port, "/anything", unknown)).as(unknown).isEqualTo(401);
        }
        try (InputStream metrics =
                URI.create("http://127.0.0.1:" + port + "/q/metrics").toURL().openStream()) {
            assertThat(new String(metrics.readAllBytes(), StandardCharsets.UTF_8))
                    .as("what a stranger sends makes no series")
                    .contains("finetide_auth_denied")
                    .doesNotContain("anything");
        }
    }

    private static int status(int port, String path, String token) throws IOException {
        HttpURLConnection request = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        if (!token.isEmpty()) {
            request.setRequestProperty("Authorization", "Bearer " + token);
        }
        return request.getResponseCode();
    }
}
