package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import build.buf.validate.ValidateProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.proto.auth.v1.Access;
import dev.finetide.proto.auth.v1.Role;
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
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Calls every rpc of a service as nobody, as a stranger of another project and as each role, and every kind of HTTP
/// route. The expected answers follow from the protos.
public final class ServedRights {
    private static final Map<String, Role> CALLERS =
            Map.of("vera", Role.VIEWER, "sam", Role.SUBMITTER, "rita", Role.REVIEWER, "alma", Role.ADMIN);

    private ServedRights() {}

    /// Verifies the answers of a server on loopback.
    public static void verify(int port, List<ServiceDescriptor> services) {
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        try {
            for (ServiceDescriptor service : services) {
                for (MethodDescriptor<?, ?> method : service.getMethods()) {
                    verify(channel, method);
                }
            }
        } finally {
            channel.shutdownNow();
        }
    }

    private static void verify(Channel channel, MethodDescriptor<?, ?> method) {
        String name = method.getFullMethodName();
        AccessRule rule = AccessRule.of(method).orElseThrow();
        assertThat(code(channel, method, rule)).as("%s as nobody", name).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(code(as(channel, "somebody-else"), method, rule))
                .as("%s with an unknown token", name)
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        Access needs = rule.needs();
        assertThat(code(as(channel, "stranger"), method, rule))
                .as("%s as a stranger", name)
                .isEqualTo(needs.getWorker() ? Status.Code.PERMISSION_DENIED : Status.Code.NOT_FOUND);
        CALLERS.forEach((caller, role) -> {
            Status.Code answered = code(as(channel, caller), method, rule);
            boolean allowed =
                    !needs.getWorker() && role.getNumber() >= needs.getRole().getNumber();
            if (allowed) {
                assertThat(answered)
                        .as("%s as %s", name, role)
                        .isNotIn(Status.Code.UNAUTHENTICATED, Status.Code.PERMISSION_DENIED);
            } else {
                assertThat(answered).as("%s as %s", name, role).isEqualTo(Status.Code.PERMISSION_DENIED);
            }
        });
    }

    private static Channel as(Channel channel, String caller) {
        ClientInterceptor token = TestCallers.as(caller);
        return ClientInterceptors.intercept(channel, token);
    }

    /// Makes a call with one message that names its resource and nothing else, and returns how the call ends.
    private static Status.Code code(Channel channel, MethodDescriptor<?, ?> method, AccessRule rule) {
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
                channel.newCall(dynamic, CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS));
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.complete(status.getCode());
                    }
                },
                new Metadata());
        call.sendMessage(request(proto.getInputType(), rule.path()));
        call.halfClose();
        call.request(100);
        return end.join();
    }

    private static DynamicMessage request(com.google.protobuf.Descriptors.Descriptor type, List<FieldDescriptor> path) {
        FieldDescriptor field = type.findFieldByNumber(path.getFirst().getNumber());
        Object value = path.size() == 1 ? name(field) : request(field.getMessageType(), path.subList(1, path.size()));
        return DynamicMessage.newBuilder(type).setField(field, value).build();
    }

    /// Returns a name of the project `default` that nothing has.
    private static String name(FieldDescriptor field) {
        String form = field.getOptions()
                .getExtension(ValidateProto.field)
                .getString()
                .getExtension(RuleProto.name)
                .split(" or ")[0];
        return form.replaceFirst("\\*", "default")
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
        assertThat(status(port, "/anything", "unknown")).isEqualTo(401);
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
