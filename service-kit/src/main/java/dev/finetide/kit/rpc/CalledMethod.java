package dev.finetide.kit.rpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.inject.Singleton;
import java.util.Optional;

/// Puts the name of the called method into gRPC's context, where [RpcFunnel] finds it.
@Singleton
@GlobalInterceptor
public final class CalledMethod implements ServerInterceptor {
    private static final Context.Key<String> NAME = Context.key("finetide.method");

    /// Returns the method that this thread answers, e.g. `GetTrainingRun`.
    static String name() {
        return Optional.ofNullable(NAME.get()).orElse("unknown");
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String name = Optional.ofNullable(call.getMethodDescriptor().getBareMethodName())
                .orElse("unknown");
        return Contexts.interceptCall(Context.current().withValue(NAME, name), call, headers, next);
    }
}
