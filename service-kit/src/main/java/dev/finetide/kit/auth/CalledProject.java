package dev.finetide.kit.auth;

import io.grpc.Context;
import java.util.Optional;

/// Knows the project that a call names. [AccessInterceptor] puts it into gRPC's context when the caller
/// may make the call.
public final class CalledProject {
    private static final Context.Key<String> CURRENT = Context.key("finetide.project");

    private CalledProject() {}

    /// Returns the id of the project that the thread's call names: `default`; empty if the call names
    /// none.
    public static Optional<String> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /// Returns a context whose call names a resource's project; the same context if the name has none.
    ///
    /// @param resource name in the request that decides about its project
    public static Context in(Context context, String resource) {
        return NamedResources.project(resource)
                .map(project -> context.withValue(CURRENT, project))
                .orElse(context);
    }
}
