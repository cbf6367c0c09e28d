package dev.finetide.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.proto.auth.OidcHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A login asks as often as the server allows, and ends by the server's word.
class DeviceFlowTest {
    private final DeviceServer oidc = new DeviceServer();
    private final List<Duration> pauses = new ArrayList<>();
    private final AtomicReference<DeviceFlow.Invitation> invitation = new AtomicReference<>();

    DeviceFlowTest() throws IOException {}

    @AfterEach
    void stop() {
        oidc.close();
    }

    private Login login() {
        Login asked = new Login(oidc.url(), "finetide-cli", "", "openid", "", "", "", false, "", "", "", 0);
        try {
            return new DeviceFlow(new OidcHttp(Optional.empty(), false), asked, pauses::add).login(invitation::set);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private CommandFailedException failure() {
        return catchThrowableOfType(CommandFailedException.class, this::login);
    }

    @Test
    void itAsksUntilTheUserHasAccepted() {
        oidc.answers.add(DeviceServer.refusal("authorization_pending"));
        oidc.answers.add(DeviceServer.refusal("slow_down"));
        oidc.answers.add(new DeviceServer.Answer(502, "<html>"));
        oidc.answers.add(oidc.tokens("olga", 600, "r-1"));
        Login login = login();
        assertThat(login.claims().person()).isEqualTo("olga");
        assertThat(login.refreshToken()).isEqualTo("r-1");
        assertThat(login.toString()).doesNotContain("eyJ", "r-1");
        assertThat(pauses).extracting(Duration::toSeconds).containsExactly(1L, 1L, 6L, 11L);
        assertThat(invitation.get())
                .isEqualTo(new DeviceFlow.Invitation(
                        "https://login.example.com/device", "ABCD-EFGH", "", Duration.ofSeconds(30)));
        assertThat(oidc.forms.getLast())
                .containsEntry("device_code", "d-1")
                .containsEntry("client_id", "finetide-cli")
                .containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    }

    @Test
    void whatTheServerSaysEndsIt() {
        String invited = oidc.invitation;
        oidc.answers.add(DeviceServer.refusal("access_denied"));
        assertThat(failure()).hasMessageContaining("the login was denied");
        oidc.answers.add(DeviceServer.refusal("expired_token"));
        assertThat(failure()).hasMessageContaining("nobody entered the code in time");
        oidc.answers.add(DeviceServer.refusal("invalid_client"));
        CommandFailedException refused = failure();
        assertThat(refused).hasMessageContaining("refused the login: invalid_client: because");
        assertThat(refused.exitCode()).isEqualTo(ExitCode.REFUSED);
        oidc.answers.add(new DeviceServer.Answer(200, "{}"));
        assertThat(failure()).hasMessageContaining("answered without a token");
        oidc.answers.add(new DeviceServer.Answer(400, "<html>"));
        assertThat(failure()).hasMessageContaining("something else than a JSON object");
        oidc.invitation = "{}";
        assertThat(failure()).hasMessageContaining("without verification_uri");
        oidc.invitation = invited.replace("\"verification_uri\": \"http", "\"verification_uri\": \"javascript");
        assertThat(oidc.invitation).isNotEqualTo(invited);
        assertThat(failure()).hasMessageContaining("expected https://HOST/PATH");
        oidc.invitation = "[]";
        assertThat(failure()).hasMessageContaining("something else than a JSON object");
    }

    @Test
    void timesThatNoServerMeansAreBounded() {
        oidc.invitation = oidc.invitation.replace("\"interval\": 1", "\"interval\": -5");
        oidc.answers.add(oidc.tokens("olga", 600, "r-1"));
        login();
        oidc.invitation = oidc.invitation.replace("\"interval\": -5", "\"interval\": \"often\"");
        oidc.answers.add(oidc.tokens("olga", 600, "r-1"));
        login();
        assertThat(pauses).extracting(Duration::toSeconds).containsExactly(1L, 5L);
    }
}
