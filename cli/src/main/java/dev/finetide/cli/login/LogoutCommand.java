package dev.finetide.cli.login;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Login;
import dev.finetide.cli.client.LoginRenewal;
import dev.finetide.cli.client.Logins;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Implements `finetide logout`.
@Command(
        name = "logout",
        mixinStandardHelpOptions = true,
        description = {
            "Ends your login at an OIDC server and forgets its tokens.",
            "The login before it, at another server, is used from then on."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide logout", "  finetide logout --issuer https://login.example.com/realms/company"})
public final class LogoutCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Option(names = "--issuer", paramLabel = "URL", description = "The OIDC server; default: that of the last login.")
    private String issuer;

    private LogoutCommand() {}

    @Override
    public Integer call() throws IOException {
        Logins logins = Logins.ofUser();
        List<Login> known = logins.all().stream()
                .filter(login -> issuer == null || login.issuer().equals(issuer))
                .toList();
        if (known.isEmpty()) {
            throw CommandFailedException.notFound(
                    issuer == null ? "you have not logged in" : "you have not logged in at " + issuer);
        }
        Login login = known.getLast();
        logins.forget(login.issuer());
        PrintWriter out = command.commandLine().getOut();
        try {
            LoginRenewal.end(login);
            out.println("Logged out of " + login.issuer() + ".");
        } catch (IOException untold) {
            out.println("The tokens of " + login.issuer() + " are deleted here. The server does not know that yet: "
                    + untold.getMessage());
        }
        return 0;
    }
}
