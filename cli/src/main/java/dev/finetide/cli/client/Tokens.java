package dev.finetide.cli.client;

import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.TokenFile;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/// Finds the token that a command proves itself with: the one that the user named, that of the local stack, or that of
/// the user's login. The local stack's token goes to its own services and to no other address.
///
/// @param named     token that option or environment name; wins over all others
/// @param local     file with the local stack's token
/// @param isLocal   whether an address is one of the local stack's
/// @param logins    logins of the user, for all other addresses; empty where none may be used
public record Tokens(
        Optional<BearerToken.Source> named, Path local, Predicate<String> isLocal, Optional<Logins> logins) {
    /// A token, and where it comes from.
    ///
    /// @param source words that follow "a token of"
    public record Chosen(String source, BearerToken.Source token) {}

    /// Returns the tokens of commands that talk to one stack of this machine.
    ///
    /// @param file the stack's file with its user's token
    public static Tokens ofLocalStack(Path file) {
        return new Tokens(Optional.empty(), file, _ -> true, Optional.empty());
    }

    /// Returns what sends the token with each call to an address. A user who has a client certificate, and no token for
    /// this address, is known by the certificate alone.
    ///
    /// @param hasCertificate whether the connection shows a client certificate
    ClientInterceptor interceptor(String endpoint, boolean hasCertificate) {
        boolean ownStack = isLocal.test(endpoint);
        if (hasCertificate && isNone(ownStack)) {
            return MetadataUtils.newAttachHeadersInterceptor(new Metadata());
        }
        return BearerToken.onEveryCall(
                named.orElse(() -> ownStack ? localToken() : logins.isPresent() ? login(endpoint) : noToken(endpoint)));
    }

    /// Returns whether a command has no token to send.
    ///
    /// @param ownStack whether it would go to the local stack
    public boolean isNone(boolean ownStack) {
        return named.isEmpty() && !ownStack && !isLoggedIn();
    }

    private boolean isLoggedIn() {
        try {
            return logins.isPresent() && logins.get().current().isPresent();
        } catch (IOException unreadable) {
            return true; // each call says why
        }
    }

    /// Returns the token that a command would send.
    ///
    /// @param ownStack whether it would go to the local stack
    /// @throws IOException if there is none
    public Chosen chosen(boolean ownStack) throws IOException {
        if (named.isPresent()) {
            return new Chosen("--token-file or FINETIDE_TOKEN", named.get());
        }
        if (ownStack) {
            return new Chosen("the local stack", this::localToken);
        }
        String issuer =
                logins.isPresent() ? logins.get().current().map(Login::issuer).orElse("") : "";
        if (issuer.isEmpty()) {
            throw new IOException("no stack runs on this machine, and you have not logged in (finetide login)");
        }
        return new Chosen("your login at " + issuer, () -> logins.get().token());
    }

    private String login(String endpoint) throws IOException {
        return logins.get().current().isEmpty()
                ? noToken(endpoint)
                : logins.get().token();
    }

    private static String noToken(String endpoint) throws IOException {
        throw new IOException("no token is known for " + endpoint
                + ": log in with finetide login, or name one with --token-file FILE or in FINETIDE_TOKEN");
    }

    private String localToken() throws IOException {
        if (!Files.exists(local)) {
            throw new IOException(local + " is missing: the stack that runs is of an earlier version; stop it with"
                    + " ./finetide down, and start it again");
        }
        return TokenFile.read(local);
    }
}
