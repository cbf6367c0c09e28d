package dev.finetide.kit.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.embedded.TestCertificates;
import dev.finetide.embedded.TestCertificates.Holder;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.LostConnection;
import dev.finetide.proto.tls.WireSettings;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {
    @TempDir
    static Path directory;

    private static TestCertificates authority;
    private static Holder first;
    private static Holder expired;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private Server server;

    @BeforeAll
    static void certificates() {
        authority = new TestCertificates(directory.resolve("authority"));
        first = authority.issue("first", "dns:localhost", 0);
        expired = authority.issue("expired", "dns:localhost", 40);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.shutdownNow();
        }
    }

    private record Given(
            Optional<Path> certificate, Optional<Path> key, Optional<Path> clientCa, boolean clientRequired)
            implements TlsSettings {
        Given(Optional<Path> certificate, Optional<Path> key, Optional<Path> clientCa) {
            this(certificate, key, clientCa, true);
        }
    }

    private static final TlsSettings NONE = new Given(Optional.empty(), Optional.empty(), Optional.empty());

    private ServerTls tls(TlsSettings settings) {
        return new ServerTls(settings, WireSettings.of(Map.of()), now::get, meters);
    }

    private static TlsSettings settings(Holder holder, Optional<Path> clientCa) {
        return new Given(Optional.of(holder.certificate()), Optional.of(holder.key()), clientCa);
    }

    private void serve(ServerTls tls) throws IOException {
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        tls.protect("0.0.0.0", builder);
        server = builder.build().start();
    }

    /// Makes a call over a new connection; empty if the server answers, which knows no method.
    private Optional<String> failure(Map<String, String> environment) {
        ManagedChannel channel = new Channels(WireSettings.of(environment))
                .open("https://localhost:" + server.getPort())
                .build();
        try {
            ModelServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(3, TimeUnit.MINUTES)
                    .getModelVersion(GetModelVersionRequest.getDefaultInstance());
            throw new AssertionError("the server has no method");
        } catch (StatusRuntimeException failure) {
            if (failure.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                return Optional.empty();
            }
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            return Optional.of(LostConnection.of(failure.getStatus(), true).reason());
        } finally {
            channel.shutdownNow();
        }
    }

    private static Map<String, String> trusting() {
        return Map.of("FINETIDE_CA_FILE", authority.authority().toString());
    }

    private static Holder copied(Holder source, String name) throws IOException {
        Holder copy = new Holder(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
        replace(copy, source);
        return copy;
    }

    private static void replace(Holder target, Holder source) throws IOException {
        Files.copy(source.certificate(), target.certificate(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(source.key(), target.key(), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void aReplacedCertificateCountsFromTheNextConnectionOn() throws IOException {
        Holder used = copied(expired, "used");
        ServerTls tls = tls(settings(used, Optional.empty()));
        serve(tls);
        assertThat(failure(trusting())).hasValue("its certificate has expired");
        assertThat(tls.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);

        replace(used, first);

        assertThat(failure(trusting())).isEmpty();
        assertThat(tls.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
    }

    @Test
    void aFaultyReplacementLeavesTheCertificateOfBefore() throws IOException {
        Holder used = copied(first, "spoilt");
        serve(tls(settings(used, Optional.empty())));

        Files.writeString(used.key(), "no key");
        assertThat(failure(trusting())).isEmpty();
        Files.delete(used.certificate());
        assertThat(failure(trusting())).isEmpty();
    }

    @Test
    void aCertificateThatExpiresWhileRunningIsShownByReadinessAndMetric() {
        ServerTls tls = tls(settings(first, Optional.empty()));
        double before =
                meters.get("finetide.tls.certificate.left.seconds").gauge().value();
        assertThat(tls.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);

        now.set(now.get().plus(Duration.ofDays(31)));

        assertThat(tls.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(before).isPositive();
        assertThat(meters.get("finetide.tls.certificate.left.seconds").gauge().value())
                .isNegative();
    }

    @Test
    void theTimeUntilTheOwnClientCertificateExpiresIsMeasuredToo() {
        WireSettings wires = WireSettings.of(Map.of(
                WireSettings.CERTIFICATE,
                expired.certificate().toString(),
                WireSettings.KEY,
                expired.key().toString()));
        new ServerTls(settings(first, Optional.empty()), wires, now::get, meters);

        assertThat(left("server")).isPositive();
        assertThat(left("client")).isNegative();
    }

    private double left(String use) {
        return meters.get("finetide.tls.certificate.left.seconds")
                .tag("use", use)
                .gauge()
                .value();
    }

    @Test
    void callersNeedACertificateWhereAnAuthorityOfTheirsIsSet() throws IOException {
        serve(tls(settings(first, Optional.of(authority.authority()))));
        Holder caller = authority.issue("caller", "dns:caller", 0);

        assertThat(failure(trusting())).get().asString().contains("asks for one");
        assertThat(failure(Map.of(
                        "FINETIDE_CA_FILE", authority.authority().toString(),
                        "FINETIDE_CLIENT_CERT", caller.certificate().toString(),
                        "FINETIDE_CLIENT_KEY", caller.key().toString())))
                .isEmpty();
    }

    @Test
    void callersNeedNoCertificateWhereOneIsOnlyAskedForButAWrongOneIsRefused() throws IOException {
        serve(tls(new Given(
                Optional.of(first.certificate()),
                Optional.of(first.key()),
                Optional.of(authority.authority()),
                false)));
        Holder stranger = new TestCertificates(directory.resolve("strangers")).issue("stranger", "dns:caller", 0);

        assertThat(failure(trusting())).isEmpty();
        assertThat(failure(Map.of(
                        "FINETIDE_CA_FILE", authority.authority().toString(),
                        "FINETIDE_CLIENT_CERT", stranger.certificate().toString(),
                        "FINETIDE_CLIENT_KEY", stranger.key().toString())))
                .get()
                .asString()
                .contains("refuses the client certificate");
    }

    @Test
    void aServerThatOthersReachNeedsTlsOrLeave() {
        assertThatThrownBy(() -> tls(NONE).protect("0.0.0.0", NettyServerBuilder.forPort(0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("FINETIDE_PLAIN_TEXT_ALLOWED");
        assertThatThrownBy(() -> tls(NONE).protect("::", NettyServerBuilder.forPort(0)))
                .isInstanceOf(IllegalStateException.class);
        tls(NONE).protect("127.0.0.1", NettyServerBuilder.forPort(0));
        tls(NONE).protect("::1", NettyServerBuilder.forPort(0));
        WireSettings allowed = WireSettings.of(Map.of("FINETIDE_PLAIN_TEXT_ALLOWED", "true"));
        new ServerTls(NONE, allowed, now::get, meters).protect("0.0.0.0", NettyServerBuilder.forPort(0));
    }

    @Test
    void settingsThatCannotBeUsedStopTheStart() {
        assertThatThrownBy(() -> tls(new Given(Optional.of(first.certificate()), Optional.empty(), Optional.empty())))
                .hasMessageContaining("both certificate and key");
        assertThatThrownBy(() ->
                        tls(new Given(Optional.of(first.certificate()), Optional.of(expired.key()), Optional.empty())))
                .hasMessageContaining("is not the key of the first certificate");
        assertThatThrownBy(() -> WireSettings.of(Map.of("FINETIDE_PLAIN_TEXT_ALLOWED", "yes")))
                .hasMessageContaining("expected true or false");
    }
}
