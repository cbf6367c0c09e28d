package dev.finetide.kit.rpc;

import dev.finetide.kit.auth.AccessInterceptor;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.inject.Singleton;
import java.util.List;

/// Passes each call through everything that stands before its method, in this order: a service that stops refuses it, a
/// request that is not sent to its end is ended, and a caller without the right is refused. Quarkus says nothing about
/// the order of several interceptors, so this is the only one that it knows.
@Singleton
@GlobalInterceptor
public final class Entrance implements ServerInterceptor {
    private final List<ServerInterceptor> doors;

    public Entrance(CalledMethod name, UnsentRequests unsent, AccessInterceptor access) {
        this.doors = List.of(access, unsent, name);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        ServerCallHandler<Q, A> behind = next;
        for (ServerInterceptor door : doors) {
            ServerCallHandler<Q, A> inner = behind;
            behind = (entering, sent) -> door.interceptCall(entering, sent, inner);
        }
        return behind.startCall(call, headers);
    }
}
