package dev.finetide.cli.client;

import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.TokenFile;
import io.grpc.ClientInterceptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/// Finds the token that a command proves itself with: the one that the user named, or that of the local stack.
/// The local stack's token goes to its own services and to no other address.
///
/// @param named     token that option or environment name; wins over the file
/// @param local     file with the local stack's token
/// @param isLocal   whether an address is one of the local stack's
public record Tokens(Optional<BearerToken.Source> named, Path local, Predicate<String> isLocal) {
    /// Returns the tokens of commands that talk to one stack of this machine.
    ///
    /// @param file the stack's file with its user's token
    public static Tokens ofLocalStack(Path file) {
        return new Tokens(Optional.empty(), file, _ -> true);
    }

    /// Returns what sends the token with each call to an address.
    ClientInterceptor interceptor(String endpoint) {
        boolean ownStack = isLocal.test(endpoint);
        return BearerToken.onEveryCall(named.orElse(() -> localToken(endpoint, ownStack)));
    }

    private String localToken(String endpoint, boolean ownStack) throws IOException {
        if (!ownStack) {
            throw new IOException(
                    "no token is known for " + endpoint + ": name one with --token-file FILE or in FINETIDE_TOKEN");
        }
        if (!Files.exists(local)) {
            throw new IOException(local + " is missing: the stack that runs is of an earlier version; stop it with"
                    + " ./finetide down, and start it again");
        }
        return TokenFile.read(local);
    }
}
