package dev.finetide.kit.containers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Finds the container engine of this machine. Tests ask here first, because Testcontainers would look for an engine
/// for two minutes and log forty lines.
public final class ContainerEngine {
    private static final long PATIENCE_SECONDS = 5;

    private ContainerEngine() {}

    /// Returns why there is no engine; empty if one answers.
    public static Optional<String> missing() {
        List<String> addresses = addresses();
        return addresses.stream().anyMatch(ContainerEngine::answers)
                ? Optional.empty()
                : Optional.of("no container engine answers at " + String.join(" or ", addresses));
    }

    private static List<String> addresses() {
        String named = System.getenv("DOCKER_HOST");
        if (named != null && !named.isBlank()) {
            return List.of(named);
        }
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        String home = System.getProperty("user.home");
        return Stream.of(
                        "/var/run/docker.sock",
                        home + "/.docker/run/docker.sock",
                        home + "/.docker/desktop/docker.sock",
                        runtime == null ? null : runtime + "/docker.sock")
                .filter(Objects::nonNull)
                .map("unix://"::concat)
                .toList();
    }

    private static boolean answers(String address) {
        URI uri = URI.create(address);
        return CompletableFuture.supplyAsync(
                        () -> ping(uri), task -> Thread.ofVirtual().start(task))
                .completeOnTimeout(false, PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private static boolean ping(URI uri) {
        boolean unix = "unix".equals(uri.getScheme());
        SocketAddress address = unix
                ? UnixDomainSocketAddress.of(Path.of(uri.getPath()))
                : new InetSocketAddress(uri.getHost(), uri.getPort());
        try (SocketChannel channel =
                SocketChannel.open(unix ? StandardProtocolFamily.UNIX : StandardProtocolFamily.INET)) {
            channel.connect(address);
            channel.write(ByteBuffer.wrap("GET /_ping HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(12);
            while (answer.hasRemaining() && channel.read(answer) >= 0) {
                // the status line only
            }
            return new String(answer.array(), StandardCharsets.US_ASCII).endsWith(" 200");
        } catch (IOException e) {
            return false;
        }
    }
}
