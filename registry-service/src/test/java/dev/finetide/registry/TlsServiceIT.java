package dev.finetide.registry;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.ProcessGuard;
import dev.finetide.embedded.TestCertificates;
import dev.finetide.embedded.TestCertificates.Holder;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.ListBasesRequest;
import dev.finetide.proto.tls.AuthorityFile;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.KeyFiles;
import dev.finetide.proto.tls.LostConnection;
import dev.finetide.proto.tls.WireSettings;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A service that has TLS on all of its wires: gRPC, HTTPS and PostgreSQL, which takes nothing else.
class TlsServiceIT {
    private static final String SCHEMA = "registry_tls";

    @TempDir
    static Path directory;

    private static TestCertificates authority;
    private static Holder valid;
    private static Holder expired;
    private static Holder lister;
    private static Holder used;
    private static int https;
    private static int grpc;
    private static ProcessGuard guard;
    private static EmbeddedPostgres postgres;
    private static ServiceProcess service;

    @BeforeAll
    static void start() throws Exception {
        authority = new TestCertificates(directory.resolve("authority"));
        valid = authority.issue("valid", "dns:localhost", 0);
        expired = authority.issue("expired", "dns:localhost", 40);
        lister = authority.issue("lister", "uri:spiffe://example/lister", 0);
        used = new Holder(directory.resolve("tls.crt"), directory.resolve("tls.key"));
        use(valid);
        List<Integer> ports = FreePorts.pick(3);
        https = ports.get(0);
        grpc = ports.get(1);
        startDatabase(ports.get(2));
        Map<String, String> settings = new HashMap<>(Map.of(
                "FINETIDE_TLS_CERTIFICATE", used.certificate().toString(),
                "FINETIDE_TLS_KEY", used.key().toString(),
                "FINETIDE_TLS_CLIENT_CA", authority.authority().toString(),
                "FINETIDE_TLS_CLIENT_REQUIRED", "false",
                "FINETIDE_AUTH_TOKENS_FILE", callers().toString(),
                "QUARKUS_DATASOURCE_JDBC_URL", databaseUrl("verify-full"),
                "QUARKUS_GRPC_SERVER_HOST", "0.0.0.0"));
        settings.put("QUARKUS_HTTP_SSL_PORT", Integer.toString(https));
        settings.put("QUARKUS_GRPC_SERVER_PORT", Integer.toString(grpc));
        service = new ServiceProcess(SCHEMA, Files.createDirectory(directory.resolve("service")), settings);
        service.start();
    }

    private static void startDatabase(int port) throws Exception {
        guard = ProcessGuard.start();
        Holder holder = authority.issue("database", "ip:127.0.0.1", 0);
        postgres = new EmbeddedPostgres(
                        directory.resolve("postgres"),
                        port,
                        directory.resolve("postgres.log"),
                        EmbeddedPostgres.userCache(),
                        guard)
                .withTls(holder.certificate(), holder.key(), Optional.empty())
                .withoutFsync();
        postgres.start();
    }

    private static String databaseUrl(String sslMode) throws IOException {
        return postgres.jdbcUrl(SCHEMA) + "&password=" + postgres.password("postgres") + "&sslmode=" + sslMode
                + "&sslrootcert=" + authority.authority();
    }

    private static Path callers() throws IOException {
        Path known = Path.of(TestCallers.settings().get("finetide.auth.tokens-file"));
        return Files.writeString(
                directory.resolve("callers"),
                Files.readString(known) + "uri:spiffe://example/lister service:lister default=viewer\n");
    }

    @AfterAll
    static void stop() throws Exception {
        if (service != null) {
            service.close();
        }
        if (postgres != null) {
            postgres.close();
            guard.close();
        }
    }

    /// Replaces the files of the service's certificate.
    private static void use(Holder holder) throws IOException {
        Files.copy(holder.certificate(), used.certificate(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(holder.key(), used.key(), StandardCopyOption.REPLACE_EXISTING);
    }

    /// Asks for the bases over a new connection.
    private static void bases(Optional<Holder> shown, ClientInterceptor... interceptors) {
        Map<String, String> wires = new HashMap<>();
        wires.put(WireSettings.AUTHORITIES, authority.authority().toString());
        shown.ifPresent(holder -> {
            wires.put(WireSettings.CERTIFICATE, holder.certificate().toString());
            wires.put(WireSettings.KEY, holder.key().toString());
        });
        ManagedChannel channel = new Channels(WireSettings.of(wires))
                .open("https://localhost:" + grpc)
                .intercept(interceptors)
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

    /// Makes a request over a new connection.
    private static HttpResponse<String> get(Optional<Holder> shown, String path) throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        KeyManager[] keys = shown.isEmpty()
                ? null
                : new KeyManager[] {
                    new KeyFiles(shown.get().certificate(), shown.get().key(), fault -> {})
                };
        tls.init(keys, new TrustManager[] {new AuthorityFile(authority.authority(), fault -> {})}, null);
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + https + path))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private static HttpResponse<String> health() throws Exception {
        return get(Optional.empty(), "/q/health/ready");
    }

    private static List<String> logLines(String text) throws IOException {
        return Files.readAllLines(service.log()).stream()
                .filter(line -> line.contains(text))
                .toList();
    }

    @Test
    void grpcAndHttpHaveTheCertificateThatTheFilesHave() throws Exception {
        bases(Optional.empty(), TestCallers.admin());
        assertThat(health().body()).contains("TLS certificate");

        use(expired);
        assertThatThrownBy(() -> bases(Optional.empty(), TestCallers.admin()))
                .isInstanceOf(StatusRuntimeException.class);
        assertThatThrownBy(TlsServiceIT::health).isInstanceOf(SSLHandshakeException.class);
        use(valid);
        bases(Optional.empty(), TestCallers.admin());
        assertThat(health().statusCode()).isEqualTo(200);
    }

    @Test
    void aCertificateThatExpiresIsLoggedOnceAndTheServiceIsReadyAgainWithTheNext() throws Exception {
        int told = logLines("certificate of the gRPC server has expired").size();
        int mended = logLines("certificate of the gRPC server is valid again").size();
        use(authority.issueFor("short", "dns:localhost", Duration.ofSeconds(8)));
        assertThat(service.readiness()).isEqualTo(200);
        bases(Optional.empty(), TestCallers.admin());

        await().until(() -> service.readiness() == 503);
        assertThat(service.readiness()).isEqualTo(503);
        assertThatThrownBy(() -> bases(Optional.empty(), TestCallers.admin()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        lost -> assertThat(LostConnection.of(lost.getStatus(), true)
                                        .reason())
                                .isEqualTo("its certificate has expired"));
        assertThat(logLines("certificate of the gRPC server has expired")).hasSize(told + 1);

        use(valid);
        assertThat(service.readiness()).isEqualTo(200);
        bases(Optional.empty(), TestCallers.admin());
        assertThat(logLines("certificate of the gRPC server is valid again")).hasSize(mended + 1);
    }

    @Test
    void aCallerIsKnownByItsCertificateOnBothPorts() throws Exception {
        bases(Optional.of(lister));
        assertThatThrownBy(() -> bases(Optional.empty()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        nobody -> assertThat(nobody.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
        assertThat(get(Optional.empty(), "/q/nothing").statusCode()).isEqualTo(401);
        assertThat(get(Optional.of(lister), "/q/nothing").statusCode()).isEqualTo(404);
    }

    /// The connection that waits for notifications is one of them.
    @Test
    void everyConnectionToTheDatabaseHasTls() throws Exception {
        try (Connection connection = DriverManager.getConnection(
                        databaseUrl("verify-full"), "postgres", postgres.password("postgres"));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        select count(*) filter (where ssl), count(*) filter (where not ssl)
                        from pg_stat_ssl join pg_stat_activity using (pid)
                        where backend_type = 'client backend' and pid <> pg_backend_pid()""")) {
            row.next();
            assertThat(row.getInt(1)).isPositive();
            assertThat(row.getInt(2)).isZero();
        }
        assertThat(logLines("notifications interrupted")).isEmpty();
    }

    @Test
    void aServiceThatSpeaksPlainTextToSuchADatabaseDoesNotStartAndSaysWhy() throws Exception {
        Map<String, String> settings =
                Map.of("QUARKUS_DATASOURCE_JDBC_URL", databaseUrl("disable"), "QUARKUS_FLYWAY_CONNECT_RETRIES", "0");
        try (ServiceProcess plain =
                new ServiceProcess(SCHEMA, Files.createDirectory(directory.resolve("plain")), settings)) {
            assertThatThrownBy(plain::start)
                    .hasMessageContaining("the service does not start")
                    .hasMessageContaining("no pg_hba.conf entry")
                    .hasMessageContaining("no encryption");
        }
    }
}
