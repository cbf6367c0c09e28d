package dev.finetide.kit.rpc;

import io.grpc.netty.NettyServerBuilder;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;

/// Bounds what one connection costs the gRPC server, and finds peers that have gone without a word.
@Singleton
final class ServerLimits implements ServerBuilderCustomizer<VertxServerBuilder> {
    /// Calls of one connection at the same time. A console with thousands of watches needs a second
    /// connection.
    private static final int CALLS_A_CONNECTION = 5_000;

    private final UnsentRequests unsent;

    ServerLimits(UnsentRequests unsent) {
        this.unsent = unsent;
    }

    @Override
    public void customize(GrpcServerConfiguration settings, VertxServerBuilder server) {
        limit(server.nettyBuilder(), unsent);
    }

    static void limit(NettyServerBuilder server, UnsentRequests unsent) {
        server.addStreamTracerFactory(unsent.counting())
                .maxConcurrentCallsPerConnection(CALLS_A_CONNECTION)
                .keepAliveTime(1, TimeUnit.MINUTES)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxConnectionIdle(30, TimeUnit.MINUTES);
    }
}
