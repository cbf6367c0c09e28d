package dev.finetide.cli.login;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.DeviceFlow;
import dev.finetide.cli.client.Login;
import dev.finetide.cli.client.Logins;
import dev.finetide.cli.client.TokenClaims;
import dev.finetide.proto.auth.OidcHttp;
import dev.finetide.proto.tls.WireSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Implements `finetide login`.
@Command(
        name = "login",
        mixinStandardHelpOptions = true,
        description = {
            "Logs you in at your company's OIDC server, for services of another machine.",
            "Shows a page and a code; enter the code in any browser. The token is kept in",
            "~/.config/finetide/login.json (mode 0600), renewed by itself, and sent with each call.",
            "The local stack (./finetide up) needs no login."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide login --issuer https://login.example.com/realms/company --client-id finetide-cli",
            "  finetide login                 again, where you last logged in"
        })
public final class LoginCommand implements Callable<Integer> {
    private static final String USUAL_SCOPE = "openid profile email offline_access";

    @Spec
    private CommandSpec command;

    @Option(
            names = "--issuer",
            paramLabel = "URL",
            defaultValue = "${env:FINETIDE_LOGIN_ISSUER}",
            description =
                    "The OIDC server, as its tokens name it; FINETIDE_LOGIN_ISSUER; default: that of the last login.")
    private String issuer;

    @Option(
            names = "--client-id",
            paramLabel = "ID",
            defaultValue = "${env:FINETIDE_LOGIN_CLIENT_ID}",
            description =
                    "Name of this program at the server; FINETIDE_LOGIN_CLIENT_ID; default: that of the last login.")
    private String clientId;

    @Option(
            names = "--client-secret-file",
            paramLabel = "FILE",
            description = "File with the program's secret, where the server gave it one.")
    private Path clientSecret;

    @Option(
            names = "--scope",
            paramLabel = "TEXT",
            description = "What to ask the server for; default: " + USUAL_SCOPE + ".")
    private String scope;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "Authorities of the server's certificate (PEM); FINETIDE_CA_FILE; default: this machine's.")
    private Path authorities;

    @Option(
            names = "--id-token",
            description = "Send the ID token to services, although the access token could be checked, too.")
    private boolean sendsIdToken;

    private LoginCommand() {}

    @Override
    public Integer call() throws IOException {
        Logins logins = Logins.ofUser();
        Login asked = asked(logins.current());
        Optional<Path> trusted =
                Optional.of(asked.caFile()).filter(file -> !file.isEmpty()).map(Path::of);
        OidcHttp http = new OidcHttp(trusted, WireSettings.ofEnvironment().allowsPlainText());
        Login login = new DeviceFlow(http, asked).login(this::invite);
        if (!TokenClaims.isSigned(login.token())) {
            throw CommandFailedException.refused(login.issuer() + " gave no token that services could check: neither a"
                    + " signed access token (JWT) nor an ID token; ask for the scope openid");
        }
        logins.keep(login);
        PrintWriter out = command.commandLine().getOut();
        out.println("Logged in as " + login.claims().person() + " at " + login.issuer() + ".");
        out.println(
                login.refreshToken().isEmpty()
                        ? "The token is valid until " + Instant.ofEpochSecond(login.expires())
                                + ", and the server gave none to renew it with."
                        : "The token is renewed by itself. finetide logout ends it.");
        return 0;
    }

    /// Returns the login to be, completed by the last one where it is at the same server.
    private Login asked(Optional<Login> last) {
        String server = given(issuer).or(() -> last.map(Login::issuer)).orElseThrow(() -> missing("--issuer URL"));
        Optional<Login> before = last.filter(login -> login.issuer().equals(server));
        String client =
                given(clientId).or(() -> before.map(Login::clientId)).orElseThrow(() -> missing("--client-id ID"));
        return new Login(
                server,
                client,
                file(clientSecret).or(() -> before.map(Login::clientSecret)).orElse(""),
                given(scope).or(() -> before.map(Login::scope)).orElse(USUAL_SCOPE),
                file(authorities)
                        .or(() -> before.map(Login::caFile).filter(file -> !file.isEmpty()))
                        .or(() -> WireSettings.ofEnvironment().authorities().flatMap(LoginCommand::file))
                        .orElse(""),
                "",
                "",
                sendsIdToken || before.map(Login::sendsIdToken).orElse(false),
                "",
                "",
                "",
                0);
    }

    private void invite(DeviceFlow.Invitation invitation) {
        PrintWriter out = command.commandLine().getOut();
        out.println("Open " + invitation.page() + " in a browser, and enter the code " + invitation.code() + " within "
                + Math.max(1, invitation.valid().toMinutes()) + " min.");
        if (!invitation.complete().isEmpty()) {
            out.println("Or open " + invitation.complete());
        }
        out.println("Enter a code only if you have started this login yourself.");
        out.flush();
    }

    private ParameterException missing(String option) {
        return new ParameterException(command.commandLine(), "where to log in? Name it with " + option);
    }

    private static Optional<String> given(String text) {
        return Optional.ofNullable(text).filter(named -> !named.isBlank());
    }

    private static Optional<String> file(Path named) {
        return Optional.ofNullable(named)
                .map(file -> file.toAbsolutePath().normalize().toString());
    }
}
