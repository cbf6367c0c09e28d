package dev.finetide.kit.auth;

import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.TokenFile;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Proves this service to others with its own token. The token of the user whose request is served never travels on.
@Singleton
public final class OwnToken implements ClientInterceptor {
    private final ClientInterceptor sending;

    @Inject
    OwnToken(AuthSettings settings) {
        this(settings.tokenFile());
    }

    OwnToken(Optional<Path> file) {
        this.sending = BearerToken.onEveryCall(() -> TokenFile.read(file.orElseThrow(
                () -> new IOException("finetide.auth.token-file is not set: this service has no token"))));
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return sending.interceptCall(method, options, next);
    }
}
