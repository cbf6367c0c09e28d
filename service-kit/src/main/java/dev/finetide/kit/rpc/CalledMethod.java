package dev.finetide.kit.rpc;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.GrpcErrors;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.util.Optional;

/// Puts the name of the called method into gRPC's context, where [RpcFunnel] finds it. While the service stops, refuses
/// every new call, those of gRPC's own services included, because what would answer it is being closed.
@Singleton
public final class CalledMethod implements ServerInterceptor {
    private static final Context.Key<String> NAME = Context.key("finetide.method");
    private static final Context.Key<String> CLIENT = Context.key("finetide.client");

    private final Stopping stopping;

    public CalledMethod(Stopping stopping) {
        this.stopping = stopping;
    }

    /// Returns the method that this thread answers, e.g. `GetTrainingRun`.
    static String name() {
        return Optional.ofNullable(NAME.get()).orElse("unknown");
    }

    /// Returns who makes the call that this thread answers: the caller by issuer and name, because many
    /// callers may come from one address. Returns the machine's address where no caller is known, and
    /// empty if there is none.
    static String client() {
        return Identity.current()
                .map(caller -> caller.issuer() + " " + caller.subject())
                .or(() -> Optional.ofNullable(CLIENT.get()))
                .orElse("");
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String name = Optional.ofNullable(call.getMethodDescriptor().getBareMethodName())
                .orElse("unknown");
        if (stopping.hasBegun()) {
            StatusRuntimeException refusal = GrpcErrors.stopping();
            call.close(refusal.getStatus(), refusal.getTrailers());
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(
                Context.current().withValue(NAME, name).withValue(CLIENT, address(call)),
                new StoppableCall<>(call),
                headers,
                next);
    }

    private static String address(ServerCall<?, ?> call) {
        return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress peer
                ? peer.getHostString()
                : "";
    }

    /// A call whose status is UNAVAILABLE where it failed because the service stops.
    private final class StoppableCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
        StoppableCall(ServerCall<Q, A> call) {
            super(call);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            switch (status.getCode()) {
                case INTERNAL, UNKNOWN, CANCELLED -> {
                    if (stopping.hasBegun()) {
                        StatusRuntimeException told = GrpcErrors.stopping();
                        super.close(told.getStatus(), told.getTrailers());
                    } else {
                        super.close(status, trailers);
                    }
                }
                default -> super.close(status, trailers);
            }
        }
    }
}
