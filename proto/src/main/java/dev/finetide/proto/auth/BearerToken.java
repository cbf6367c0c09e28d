package dev.finetide.proto.auth;

import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.Executor;

/// Sends a token with every call of a channel: `authorization: Bearer TOKEN` (RFC 6750).
public final class BearerToken extends CallCredentials {
    /// Gives the token at the time of a call.
    @FunctionalInterface
    public interface Source {
        /// @throws IOException if there is no token now; the message has no secret
        String token() throws IOException;
    }

    /// The header of tokens.
    public static final Metadata.Key<String> HEADER =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /// Begins the header's value.
    public static final String SCHEME = "Bearer ";

    private final Source source;

    public BearerToken(Source source) {
        this.source = source;
    }

    /// Returns what sends a token with every call of a channel that has no credentials of its own.
    public static ClientInterceptor onEveryCall(Source source) {
        BearerToken credentials = new BearerToken(source);
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return next.newCall(
                        method, options.getCredentials() == null ? options.withCallCredentials(credentials) : options);
            }
        };
    }

    /// Returns credentials with one token that never changes.
    public static BearerToken of(String token) {
        return new BearerToken(() -> token);
    }

    @Override
    public void applyRequestMetadata(RequestInfo request, Executor executor, MetadataApplier applier) {
        // A token is there at once, so the call begins on the caller's thread, as without a token.
        try {
            Metadata headers = new Metadata();
            headers.put(HEADER, SCHEME + source.token());
            applier.apply(headers);
        } catch (IOException e) {
            applier.fail(Status.UNAUTHENTICATED.withDescription(e.getMessage()).withCause(e));
        }
    }
}
