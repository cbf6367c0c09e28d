package dev.finetide.cli.platform;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/// Stand-in services on a real loopback port. They can stop and start again at the same address.
public final class Platform implements AutoCloseable {
    private final List<BindableService> services;
    private Server server;
    private int port;

    public Platform(BindableService... services) {
        this.services = List.of(services);
        start();
    }

    /// Starts the server. The port of a stopped server becomes free only after a moment, so several tries may be
    /// needed.
    public void start() {
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(20))
                .until(this::tryStart);
    }

    private boolean tryStart() {
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        services.forEach(builder::addService);
        try {
            server = builder.build().start();
        } catch (IOException inUse) {
            return false;
        }
        port = server.getPort();
        return true;
    }

    /// Stops the server as when its process is killed: every connection breaks.
    public void kill() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public String endpoint() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        kill();
    }
}
