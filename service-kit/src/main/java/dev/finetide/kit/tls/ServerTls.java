package dev.finetide.kit.tls;

import dev.finetide.proto.tls.AuthorityFile;
import dev.finetide.proto.tls.Endpoint;
import dev.finetide.proto.tls.KeyFiles;
import dev.finetide.proto.tls.WireSettings;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.enterprise.inject.Default;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;

/// Gives the gRPC server its TLS. Each new connection has the certificate that the file has then. A
/// server that others can reach without TLS does not start, unless the environment allows plain text.
@Default // a health check alone has only the qualifier of its kind, and nobody could inject it
@Readiness
@Singleton
public final class ServerTls implements ServerBuilderCustomizer<VertxServerBuilder>, HealthCheck {
    private static final Logger LOG = Logger.getLogger(ServerTls.class);

    private final TlsSettings settings;
    private final WireSettings wires;
    private final InstantSource clock;
    private final Optional<KeyFiles> own;
    private boolean wasValid = true;

    @Inject
    ServerTls(TlsSettings settings, MeterRegistry meters) {
        this(settings, WireSettings.ofEnvironment(), InstantSource.system(), meters);
    }

    ServerTls(TlsSettings settings, WireSettings wires, InstantSource clock, MeterRegistry meters) {
        this.settings = settings;
        this.wires = wires;
        this.clock = clock;
        this.own = own(settings);
        own.ifPresent(files -> measure(files, "server", meters));
        client(wires).ifPresent(files -> measure(files, "client", meters));
    }

    private void measure(KeyFiles files, String use, MeterRegistry meters) {
        Gauge.builder("finetide.tls.certificate.left.seconds", () -> left(files).toSeconds())
                .description("Time until a certificate expires, that of the gRPC server or the one that this service"
                        + " shows to others; negative afterwards")
                .tag("use", use)
                .strongReference(true)
                .register(meters);
    }

    private static Optional<KeyFiles> client(WireSettings wires) {
        return wires.certificate()
                .map(certificate ->
                        read(WireSettings.CERTIFICATE, certificate, wires.key().orElseThrow()));
    }

    private static KeyFiles read(String setting, Path certificate, Path key) {
        try {
            return new KeyFiles(certificate, key, ServerTls::tell);
        } catch (IOException unusable) {
            throw new UncheckedIOException(setting + ": " + unusable.getMessage(), unusable);
        }
    }

    private static Optional<KeyFiles> own(TlsSettings settings) {
        if (settings.certificate().isPresent() != settings.key().isPresent()) {
            throw new IllegalArgumentException("finetide.tls: expected both certificate and key, or neither");
        }
        if (settings.clientCa().isPresent() && settings.key().isEmpty()) {
            throw new IllegalArgumentException("finetide.tls.client-ca: expected a certificate and a key with it");
        }
        return settings.certificate()
                .map(certificate ->
                        read("finetide.tls", certificate, settings.key().orElseThrow()));
    }

    private static void tell(String fault) {
        LOG.errorf("changed file of certificates not used, the one of before stays: %s", fault);
    }

    @Override
    public void customize(GrpcServerConfiguration server, VertxServerBuilder builder) {
        protect(server.host(), builder.nettyBuilder());
    }

    /// Sets the TLS of a server that listens on an address.
    ///
    /// @throws IllegalStateException if others can reach the address, there is no certificate and
    ///     plain text is not allowed
    void protect(String host, NettyServerBuilder server) {
        if (own.isPresent()) {
            server.sslContext(context(own.get()));
        } else if (!new Endpoint(host.contains(":") ? "[" + host + "]" : host, 1, false).isLoopback()
                && !wires.allowsPlainText()) {
            throw new IllegalStateException("gRPC listens on " + host + ", which other machines reach, and has no"
                    + " certificate: set finetide.tls.certificate and finetide.tls.key, or allow plain text by "
                    + WireSettings.PLAIN_TEXT + "=true where the network is closed");
        }
    }

    private SslContext context(KeyFiles files) {
        try {
            SslContextBuilder context = GrpcSslContexts.configure(SslContextBuilder.forServer(files), SslProvider.JDK);
            callers()
                    .ifPresent(authorities -> context.trustManager(authorities)
                            .clientAuth(settings.clientRequired() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL));
            return context.build();
        } catch (IOException unusable) {
            throw new UncheckedIOException("finetide.tls: " + unusable.getMessage(), unusable);
        }
    }

    /// Returns the certificate of this service.
    Optional<KeyFiles> own() {
        return own;
    }

    /// Returns the authorities of callers' certificates.
    Optional<AuthorityFile> callers() {
        return settings.clientCa().map(file -> {
            try {
                return new AuthorityFile(file, ServerTls::tell);
            } catch (IOException unusable) {
                throw new UncheckedIOException("finetide.tls.client-ca: " + unusable.getMessage(), unusable);
            }
        });
    }

    private Duration left(KeyFiles files) {
        return Duration.between(clock.instant(), files.validUntil());
    }

    /// Returns whether the certificate is valid still, and logs when that changes.
    @Override
    public synchronized HealthCheckResponse call() {
        boolean isValid = own.map(files -> !left(files).isNegative()).orElse(true);
        String until = own.map(KeyFiles::validUntil).map(Instant::toString).orElse("no TLS");
        if (isValid != wasValid) {
            wasValid = isValid;
            if (isValid) {
                LOG.infof("certificate of the gRPC server is valid again until=%s", until);
            } else {
                LOG.errorf("certificate of the gRPC server has expired until=%s: callers refuse it", until);
            }
        }
        return HealthCheckResponse.named("TLS certificate")
                .withData("until", until)
                .status(isValid)
                .build();
    }
}
