package dev.finetide.kit.auth;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.quarkus.grpc.GrpcService;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.util.List;

/// Keeps a service from starting while one of its rpcs says no right: it would be an rpc that nobody can call.
final class RightsCheck {
    private RightsCheck() {}

    static void check(@Observes StartupEvent start, @GrpcService Instance<BindableService> services) {
        List<String> without = services.stream()
                .flatMap(service -> service.bindService().getMethods().stream())
                .map(ServerMethodDefinition::getMethodDescriptor)
                .filter(method -> !AccessInterceptor.OPEN.contains(method.getServiceName()))
                .filter(method -> AccessRule.of(method).isEmpty())
                .map(MethodDescriptor::getFullMethodName)
                .toList();
        if (!without.isEmpty()) {
            throw new IllegalStateException(
                    "rpcs whose proto does not say what a caller needs (finetide.auth.v1.needs): " + without);
        }
    }
}
