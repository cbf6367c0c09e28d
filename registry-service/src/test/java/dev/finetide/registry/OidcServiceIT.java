package dev.finetide.registry;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.RealOidcServer;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import dev.finetide.proto.model.v1.ListBasesRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// A service that only an OIDC server's callers may call starts before that server, and takes its tokens once it is
/// there.
@EnabledIf("dev.finetide.embedded.RealOidcServer#isBuilt")
class OidcServiceIT {
    @TempDir
    Path directory;

    private ManagedChannel channel;

    @Test
    void aPersonOfTheCompanyCallsTheService() throws Exception {
        List<Integer> ports = FreePorts.pick(2);
        Map<String, String> settings = Map.of(
                "FINETIDE_AUTH_TOKENS_FILE",
                "",
                "FINETIDE_AUTH_OIDC_ISSUER",
                RealOidcServer.issuer(ports.get(0)),
                "FINETIDE_AUTH_OIDC_AUDIENCE",
                RealOidcServer.CLIENT,
                "QUARKUS_GRPC_SERVER_PORT",
                ports.get(1).toString());
        try (ServiceProcess service = new ServiceProcess("registry_oidc", directory, settings)) {
            service.start();
            channel = ManagedChannelBuilder.forAddress("127.0.0.1", ports.get(1))
                    .usePlaintext()
                    .build();
            String token;
            try (RealOidcServer before = RealOidcServer.start(ports.get(0), Duration.ofMinutes(5), "default:viewer")) {
                token = before.token();
            }
            assertThat(outcome(token)).as("its keys are not there").isEqualTo("DEPENDENCY_UNAVAILABLE");
            assertThat(outcome(TestCallers.token(TestCallers.ADMIN))).isEqualTo("UNAUTHENTICATED");
            try (RealOidcServer server = RealOidcServer.start(ports.get(0), Duration.ofMinutes(5), "default:viewer")) {
                String next = server.token();
                await().until(() -> outcome(next).equals("OK"));
                assertThat(outcome(token)).as("the key has changed").isEqualTo("UNAUTHENTICATED");
                assertThat(deletion(next)).isEqualTo("PERMISSION_DENIED");
            }
        } finally {
            if (channel != null) {
                channel.shutdownNow();
            }
        }
    }

    private String outcome(String token) {
        return outcome(() -> stub(token)
                .listBases(ListBasesRequest.newBuilder()
                        .setParent("projects/default")
                        .build()));
    }

    private String deletion(String token) {
        return outcome(() -> stub(token)
                .deleteBase(DeleteBaseRequest.newBuilder()
                        .setName("projects/default/bases/b")
                        .build()));
    }

    private BaseServiceGrpc.BaseServiceBlockingStub stub(String token) {
        return BaseServiceGrpc.newBlockingStub(channel).withCallCredentials(BearerToken.of(token));
    }

    private static String outcome(Runnable call) {
        try {
            call.run();
            return "OK";
        } catch (StatusRuntimeException refused) {
            return GrpcErrors.reason(refused);
        }
    }
}
