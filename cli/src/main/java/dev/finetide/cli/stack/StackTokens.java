package dev.finetide.cli.stack;

import dev.finetide.cli.files.FileDigest;
import dev.finetide.embedded.SecretFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Makes the tokens of a local stack: one for its user, who may do everything, and one for each service, which may do
/// what it needs. Each is a file of mode 0600 in the data directory, so nobody types one. `callers` has their digests,
/// and is what the services read.
final class StackTokens {
    /// Roles of the services in all projects.
    private static final Map<String, String> SERVICES =
            Map.of("dataset", "viewer", "training", "viewer", "eval", "submitter", "registry", "viewer");

    private final Path directory;

    private StackTokens(Path directory) {
        this.directory = directory;
    }

    /// Returns the tokens below a data directory, which need not exist.
    static StackTokens in(Path data) {
        return new StackTokens(data.resolve("auth"));
    }

    /// Makes the tokens that are missing, and lists all.
    void make() throws IOException {
        Files.createDirectories(directory);
        SecretFile.close(directory);
        StringBuilder callers = new StringBuilder("# SHA-256 of a token, who has it, and PROJECT=ROLE,...\n");
        callers.append(line(user(), "user:" + userName(), "admin"));
        for (Map.Entry<String, String> service : SERVICES.entrySet()) {
            callers.append(
                    line(service(service.getKey()), "service:" + service.getKey() + "-service", service.getValue()));
        }
        SecretFile.write(callers(), callers.toString());
    }

    private static String line(Path file, String subject, String role) throws IOException {
        if (!Files.exists(file)) {
            SecretFile.write(file, SecretFile.newPassword() + "\n");
        }
        return "%s %s *=%s%n"
                .formatted(
                        FileDigest.of(SecretFile.read(file).strip().getBytes(StandardCharsets.UTF_8)), subject, role);
    }

    /// Returns the user's name as far as a subject may have its characters.
    private static String userName() {
        String name = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._@-]", "-");
        return name.matches("[A-Za-z0-9].{0,99}") ? name : "user";
    }

    /// Returns the file with the user's own token.
    Path user() {
        return directory.resolve("token");
    }

    Path service(String name) {
        return directory.resolve(name + "-service.token");
    }

    Path callers() {
        return directory.resolve("callers");
    }
}
