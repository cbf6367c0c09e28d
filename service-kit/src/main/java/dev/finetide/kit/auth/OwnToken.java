package dev.finetide.kit.auth;

import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.TokenFile;
import dev.finetide.proto.tls.WireSettings;
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

/// Proves this service to others with its own token, or by the client certificate of its connections alone. The token
/// of the user whose request is served never travels on.
@Singleton
public final class OwnToken implements ClientInterceptor {
    private final Optional<ClientInterceptor> sending;

    @Inject
    OwnToken(AuthSettings settings) {
        this(settings.tokenFile(), WireSettings.ofEnvironment());
    }

    OwnToken(Optional<Path> file, WireSettings wires) {
        boolean hasCertificate = wires.certificate().isPresent();
        this.sending = file.isEmpty() && hasCertificate
                ? Optional.empty()
                : Optional.of(BearerToken.onEveryCall(() -> TokenFile.read(
                        file.orElseThrow(() -> new IOException("this service has neither finetide.auth.token-file nor "
                                + WireSettings.CERTIFICATE + " to prove itself with")))));
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return sending.map(token -> token.interceptCall(method, options, next))
                .orElseGet(() -> next.newCall(method, options));
    }
}
