package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.embedded.RealOidcServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A person of the company logs in with a browser and works with the services, which never saw a token of hers before.
@ExtendWith(SharedStack.Provider.class)
@EnabledIf("dev.finetide.embedded.RealOidcServer#isBuilt")
class LoginIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern CODE = Pattern.compile("enter the code (\\S+) within");
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    @Test
    void aPersonLogsInIsKnownToTheServicesAndMayDoWhatHerRoleSays(SharedStack shared) throws Exception {
        // The commands know no local stack, so that no other token is nearer than the login.
        Finetide olga = new Finetide(
                directory.resolve("no-stack"), Map.of("XDG_CONFIG_HOME", directory.toString(), "FINETIDE_TOKEN", ""));
        String registry = shared.stack().endpoint("registry-service");
        try (RealOidcServer server =
                RealOidcServer.start(shared.oidcPort(), Duration.ofMinutes(5), "login:submitter")) {
            login(olga, server);

            JsonNode known = JSON.readTree(olga.ok("whoami", "--registry-endpoint", registry, "-o", "json"));
            assertThat(known.path("subject").asText()).isEqualTo("olga");
            assertThat(known.path("issuer").asText()).isEqualTo(server.issuer());
            assertThat(known.path("roles").toString()).isEqualTo("[{\"project\":\"login\",\"role\":\"SUBMITTER\"}]");
            assertThat(olga.ok("whoami", "--registry-endpoint", registry))
                    .contains("Services know you as olga of " + server.issuer())
                    .contains("Roles: submitter in login");

            assertThat(olga.ok("model", "list", "--project", "login", "--registry-endpoint", registry))
                    .isNotBlank();
            Finetide.Result denied = olga.run("project", "create", "mine", "--registry-endpoint", registry);
            assertThat(denied.exitCode()).isNotZero();
            assertThat(denied.err()).contains("olga needs the role admin in all projects and has none");
            assertThat(olga.run("model", "list", "--registry-endpoint", registry)
                            .err())
                    .as("another project")
                    .contains("projects/default does not exist", "You have no role in it (finetide whoami)");

            olga.ok("logout");
            assertThat(olga.run("whoami", "--registry-endpoint", registry).err())
                    .contains("finetide login");
        }
    }

    private void login(Finetide olga, RealOidcServer server) throws IOException, InterruptedException {
        Path shown = directory.resolve("login.log");
        Process login = olga.start(shown, "login", "--issuer", server.issuer(), "--client-id", RealOidcServer.CLIENT);
        await().atMost(LONG)
                .until(() ->
                        !login.isAlive() || CODE.matcher(Finetide.read(shown)).find());
        Matcher code = CODE.matcher(Finetide.read(shown));
        assertThat(code.find()).as("%s", Finetide.read(shown)).isTrue();
        server.answer(code.group(1), true);
        assertThat(login.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(Finetide.read(shown)).contains("Logged in as ");
        assertThat(login.exitValue()).isZero();
    }
}
