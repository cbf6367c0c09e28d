package dev.finetide.cli.login;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.ServiceOptions;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.client.TargetStack;
import dev.finetide.cli.client.TokenClaims;
import dev.finetide.cli.client.Tokens;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.project.ProjectText;
import dev.finetide.cli.project.VisibleProjects;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.Caller;
import dev.finetide.proto.project.v1.GetCallerRequest;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Implements `finetide whoami`.
@Command(
        name = "whoami",
        mixinStandardHelpOptions = true,
        description = {
            "Shows as whom your commands call services, by which token or certificate, and with which roles. The token itself is not"
                    + " shown.",
            "Without the address of registry-service it shows what the token says, which services may not believe."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide whoami", "  finetide whoami -o json"})
public final class WhoamiCommand implements Callable<Integer> {
    @Mixin
    private ServiceOptions connection;

    @Mixin
    private CommandOutput output;

    private WhoamiCommand() {}

    @Override
    public Integer call() throws IOException {
        TargetStack stack = connection.stack();
        JsonObject shown = new JsonObject();
        if (stack.channels().hasCertificate() && stack.tokens().isNone(stack.isLocal())) {
            shown.addProperty("source", "the client certificate");
            if (!output.isJson()) {
                output.line("You have a client certificate, and no token.");
            }
        } else {
            showToken(stack.tokens().chosen(stack.isLocal()), shown);
        }
        if (stack.hasRegistry()) {
            try (Services services = connection.open(output)) {
                askServices(services, shown);
            }
        }
        if (output.isJson()) {
            output.jsonLine(shown.toString());
        }
        return 0;
    }

    private void showToken(Tokens.Chosen chosen, JsonObject shown) throws IOException {
        TokenClaims claims = TokenClaims.of(chosen.token().token());
        shown.addProperty("source", chosen.source());
        shown.addProperty("issuer", claims.text("iss"));
        shown.addProperty("subject", claims.text("sub"));
        shown.addProperty("person", claims.person());
        claims.expires().ifPresent(end -> shown.addProperty("expireTime", end.toString()));
        if (!output.isJson()) {
            print(chosen, claims);
        }
    }

    private void print(Tokens.Chosen chosen, TokenClaims claims) {
        if (claims.claims().isEmpty()) {
            output.line("The token is of " + chosen.source() + ".");
            return;
        }
        output.line("The token is of " + chosen.source() + ", for " + claims.person() + " (" + claims.text("sub")
                + ") of " + claims.text("iss")
                + claims.expires().map(end -> ", and valid until " + end).orElse("") + ".");
    }

    /// Adds what the services know, and prints it for people.
    ///
    /// @throws CommandFailedException if they refuse the token or do not answer
    private void askServices(Services services, JsonObject shown) {
        Caller caller = services.projects().call(stub -> stub.getCaller(GetCallerRequest.getDefaultInstance()));
        Map<String, Role> roles = new TreeMap<>(caller.getTokenRolesMap());
        VisibleProjects.of(services).forEach(project -> roles.put(ProjectText.id(project), project.getYourRole()));
        shown.addProperty("subject", caller.getSubject());
        shown.addProperty("issuer", caller.getIssuer());
        JsonArray list = new JsonArray();
        roles.forEach((project, role) -> {
            JsonObject one = new JsonObject();
            one.addProperty("project", project);
            one.addProperty("role", role.name());
            list.add(one);
        });
        shown.add("roles", list);
        if (!output.isJson()) {
            output.line("Services know you as " + caller.getSubject() + " of " + caller.getIssuer() + ".");
            output.line(roles.isEmpty() ? "You have no role in any project." : "Roles: " + text(roles));
        }
    }

    private static String text(Map<String, Role> roles) {
        return roles.entrySet().stream()
                .map(role -> ProjectText.role(role.getValue()) + " in "
                        + (role.getKey().equals("*") ? "all projects" : role.getKey()))
                .collect(Collectors.joining(", "));
    }
}
