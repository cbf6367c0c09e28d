package dev.finetide.kit.embedded;

import dev.finetide.blobs.Sha256;
import dev.finetide.proto.auth.BearerToken;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Callers whom a service under test knows, each with the token `test-token-of-NAME`.
public final class TestCallers {
    /// May do everything everywhere.
    public static final String ADMIN = "ada";

    /// Roles by caller.
    public static final Map<String, String> ROLES = Map.of(
            "user:" + ADMIN,
            "*=admin",
            "user:vera",
            "default=viewer",
            "user:sam",
            "default=submitter",
            "user:rita",
            "default=reviewer",
            "user:alma",
            "default=admin",
            "user:stranger",
            "elsewhere=admin",
            "service:test-service",
            "*=submitter");

    private static final Path FILES = write();

    private TestCallers() {}

    private static Path write() {
        try {
            Path directory = Files.createTempDirectory("finetide-callers-");
            StringBuilder lines = new StringBuilder();
            for (Map.Entry<String, String> caller : ROLES.entrySet()) {
                String name = caller.getKey().substring(caller.getKey().indexOf(':') + 1);
                lines.append("%s %s %s%n"
                        .formatted(
                                Sha256.hex(token(name).getBytes(StandardCharsets.UTF_8)),
                                caller.getKey(),
                                caller.getValue()));
            }
            Files.writeString(directory.resolve("callers"), lines);
            Path own = directory.resolve("token");
            Files.writeString(own, token("test-service"));
            own.toFile().setReadable(false, false);
            own.toFile().setReadable(true, true);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Returns the token of a caller.
    public static String token(String name) {
        return "test-token-of-" + name;
    }

    /// Returns what makes all calls of a channel those of the caller who may do everything.
    public static ClientInterceptor admin() {
        return as(ADMIN);
    }

    /// Opens a channel to a server on loopback for the caller who may do everything; who opens it closes it.
    public static ManagedChannel channel(int port) {
        return channel(port, ADMIN);
    }

    /// Opens a channel to a server on loopback for one caller; who opens it closes it.
    public static ManagedChannel channel(int port, String name) {
        return ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .intercept(as(name))
                .build();
    }

    /// Returns what makes all calls of a channel those of one caller.
    public static ClientInterceptor as(String name) {
        return BearerToken.onEveryCall(() -> token(name));
    }

    /// Returns the settings by which a service knows the callers, by name.
    public static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("finetide.auth.tokens-file", FILES.resolve("callers").toString());
        settings.put("finetide.auth.token-file", FILES.resolve("token").toString());
        return settings;
    }

    /// Returns the settings as environment variables.
    public static Map<String, String> environment() {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("FINETIDE_AUTH_TOKENS_FILE", FILES.resolve("callers").toString());
        variables.put("FINETIDE_AUTH_TOKEN_FILE", FILES.resolve("token").toString());
        return variables;
    }
}
