package dev.finetide.e2e;

import dev.finetide.embedded.RealOidcServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// A stack for the test classes that kill no part of it and change no setting. The stack starts for
/// the first class, which takes half a minute, and stops after the last test of the JVM. The base
/// `small` is there and traces are collected. Callers of an OIDC server may come, too, see
/// [LoginIT]. The locale of all its processes is POSIX, which [LocaleIT] is about. A test class
/// names its datasets and models after itself.
final class SharedStack implements AutoCloseable {
    private final Path directory;
    private final OtlpReceiver collector;
    private final Socket oidcPort;
    private final RunningStack stack;

    private SharedStack(Path directory, OtlpReceiver collector, Socket oidcPort, RunningStack stack) {
        this.directory = directory;
        this.collector = collector;
        this.oidcPort = oidcPort;
        this.stack = stack;
    }

    private static SharedStack start() {
        try {
            Path directory = Files.createTempDirectory("finetide-shared-stack-");
            OtlpReceiver collector = new OtlpReceiver();
            // Bound, so that nobody gets the port before the server of a test, and not listened on.
            Socket oidcPort = new Socket();
            oidcPort.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            RunningStack stack = RunningStack.start(
                    directory,
                    Map.of(
                            "LC_ALL",
                            "POSIX",
                            "OTEL_EXPORTER_OTLP_PROTOCOL",
                            "http/protobuf",
                            "OTEL_EXPORTER_OTLP_ENDPOINT",
                            collector.endpoint(),
                            "FINETIDE_AUTH_OIDC_ISSUER",
                            RealOidcServer.issuer(oidcPort.getLocalPort()),
                            "FINETIDE_AUTH_OIDC_AUDIENCE",
                            RealOidcServer.CLIENT));
            stack.finetide()
                    .ok(
                            "base",
                            "add",
                            "small",
                            Finetide.HOME.resolve("demo/base").toString());
            return new SharedStack(directory, collector, oidcPort, stack);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    RunningStack stack() {
        return stack;
    }

    /// Returns the port on which services look for an OIDC server; a test starts it there.
    int oidcPort() throws IOException {
        int port = oidcPort.getLocalPort();
        oidcPort.close();
        return port;
    }

    /// Returns the collector of the stack's traces.
    OtlpReceiver collector() {
        return collector;
    }

    @Override
    public void close() throws Exception {
        stack.close();
        collector.close();
        oidcPort.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /// Hands the stack to the methods of a test class that ask for one.
    static final class Provider implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == SharedStack.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(Namespace.create(SharedStack.class))
                    .computeIfAbsent(SharedStack.class, key -> start(), SharedStack.class);
        }
    }
}
