package dev.finetide.cli.login;

import com.google.gson.JsonObject;
import dev.finetide.cli.client.TargetStack;
import dev.finetide.cli.client.TokenClaims;
import dev.finetide.cli.client.Tokens;
import dev.finetide.cli.output.CommandOutput;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Implements `finetide whoami`.
@Command(
        name = "whoami",
        mixinStandardHelpOptions = true,
        description = {
            "Shows as whom your commands call services, and by which token. The token itself is not shown.",
            "Services decide whether they believe it, and which roles you have."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide whoami", "  finetide whoami -o json"})
public final class WhoamiCommand implements Callable<Integer> {
    @Mixin
    private TargetStack stack;

    @Mixin
    private CommandOutput output;

    private WhoamiCommand() {}

    @Override
    public Integer call() throws IOException {
        Tokens.Chosen chosen = stack.tokens().chosen(stack.isLocal());
        TokenClaims claims = TokenClaims.of(chosen.token().token());
        if (output.isJson()) {
            JsonObject shown = new JsonObject();
            shown.addProperty("source", chosen.source());
            shown.addProperty("issuer", claims.text("iss"));
            shown.addProperty("subject", claims.text("sub"));
            shown.addProperty("person", claims.person());
            claims.expires().ifPresent(end -> shown.addProperty("expireTime", end.toString()));
            output.jsonLine(shown.toString());
            return 0;
        }
        if (claims.claims().isEmpty()) {
            output.line("A token of " + chosen.source() + ". It does not say whose it is; the services know.");
            return 0;
        }
        output.line("You are " + claims.person() + " (" + claims.text("sub") + ") of " + claims.text("iss") + ".");
        output.line("The token is of " + chosen.source()
                + claims.expires().map(end -> " and valid until " + end).orElse("") + ".");
        return 0;
    }
}
