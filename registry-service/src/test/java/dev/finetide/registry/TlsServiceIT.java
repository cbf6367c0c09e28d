package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.TestCertificates;
import dev.finetide.embedded.TestCertificates.Holder;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.ListBasesRequest;
import dev.finetide.proto.tls.AuthorityFile;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.WireSettings;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A service with a certificate speaks TLS on both of its ports, also after the certificate was replaced.
class TlsServiceIT {
    @TempDir
    Path directory;

    @Test
    void grpcAndHttpHaveTheCertificateOfTheFiles() throws Exception {
        TestCertificates authority = new TestCertificates(directory.resolve("authority"));
        Holder expired = authority.issue("expired", "dns:localhost", 40);
        Holder valid = authority.issue("valid", "dns:localhost", 0);
        Path certificate = directory.resolve("tls.crt");
        Path key = directory.resolve("tls.key");
        copy(valid, certificate, key);
        List<Integer> ports = FreePorts.pick(2);
        Map<String, String> settings = Map.of(
                "FINETIDE_TLS_CERTIFICATE", certificate.toString(),
                "FINETIDE_TLS_KEY", key.toString(),
                "QUARKUS_GRPC_SERVER_HOST", "0.0.0.0",
                "QUARKUS_HTTP_SSL_PORT", ports.get(0).toString(),
                "QUARKUS_GRPC_SERVER_PORT", ports.get(1).toString());
        try (ServiceProcess service = new ServiceProcess("registry_tls", directory, settings)) {
            service.start();
            Map<String, String> wires =
                    Map.of("FINETIDE_CA_FILE", authority.authority().toString());
            bases(wires, ports.get(1));
            assertThat(health(authority, ports.get(0))).contains("TLS certificate");

            copy(expired, certificate, key);
            assertThatThrownBy(() -> bases(wires, ports.get(1))).isInstanceOf(StatusRuntimeException.class);
            copy(valid, certificate, key);
            bases(wires, ports.get(1));
        }
    }

    private static void copy(Holder holder, Path certificate, Path key) throws Exception {
        Files.copy(holder.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(holder.key(), key, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Asks for the bases over a new connection.
    private static void bases(Map<String, String> wires, int port) {
        ManagedChannel channel = new Channels(WireSettings.of(wires))
                .open("https://localhost:" + port)
                .intercept(TestCallers.admin())
                .build();
        try {
            BaseServiceGrpc.newBlockingStub(channel)
                    .listBases(ListBasesRequest.newBuilder()
                            .setParent("projects/default")
                            .build());
        } finally {
            channel.shutdownNow();
        }
    }

    private static String health(TestCertificates authority, int port) throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, new TrustManager[] {new AuthorityFile(authority.authority(), fault -> {})}, null);
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
            HttpRequest ready = HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/q/health/ready"))
                    .build();
            return client.send(ready, BodyHandlers.ofString()).body();
        }
    }
}
