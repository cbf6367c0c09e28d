package dev.finetide.kit.rpc;

import io.grpc.netty.NettyServerBuilder;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Bounds what one connection costs the gRPC server, and finds peers that have gone without a word.
@Singleton
final class ServerLimits implements ServerBuilderCustomizer<VertxServerBuilder> {
    /// Calls of one connection at the same time. A console with thousands of watches needs a second
    /// connection.
    static final int CALLS_A_CONNECTION = 5_000;

    /// Bytes of a call's headers, names included. Tokens of OIDC servers that list many groups take some
    /// 8 KiB.
    static final int METADATA_BYTES = 32 << 10;

    /// Calls that a client may reset in [#RESET_WINDOW]. A console may leave all its watches twice; a
    /// flood of resets has hundreds of thousands.
    static final int RESETS = 2 * CALLS_A_CONNECTION;

    private static final Duration RESET_WINDOW = Duration.ofSeconds(30);

    private static final Times TIMES =
            new Times(Duration.ofSeconds(20), Duration.ofMinutes(30), Duration.ofHours(1), Duration.ofHours(6));

    /// Times of a connection.
    ///
    /// @param handshake time in which a client ends the handshakes of TLS and HTTP/2
    /// @param idle      time without a call
    /// @param age       time after which new calls need a new connection, so that they spread over all
    ///     replicas
    /// @param grace     time that calls have to end after that; the longest import takes so long
    record Times(Duration handshake, Duration idle, Duration age, Duration grace) {}

    private final UnsentRequests unsent;

    ServerLimits(UnsentRequests unsent) {
        this.unsent = unsent;
    }

    @Override
    public void customize(GrpcServerConfiguration settings, VertxServerBuilder server) {
        limit(server.nettyBuilder(), unsent, TIMES);
    }

    static void limit(NettyServerBuilder server, UnsentRequests unsent) {
        limit(server, unsent, TIMES);
    }

    static void limit(NettyServerBuilder server, UnsentRequests unsent, Times times) {
        server.addStreamTracerFactory(unsent.counting())
                .maxConcurrentCallsPerConnection(CALLS_A_CONNECTION)
                .maxInboundMetadataSize(METADATA_BYTES)
                .maxRstFramesPerWindow(RESETS, (int) RESET_WINDOW.toSeconds())
                .keepAliveTime(1, TimeUnit.MINUTES)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .handshakeTimeout(times.handshake().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionIdle(times.idle().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAge(times.age().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(times.grace().toMillis(), TimeUnit.MILLISECONDS);
    }
}
