package dev.finetide.kit.catalog;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.tls.Channels;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// Calls another service, and turns its absence and "not found" into this service's own errors.
public final class Dependency {
    /// Deadline of a call, in seconds.
    public static final long DEADLINE_S = 5;

    private static final Logger LOG = Logger.getLogger(Dependency.class);

    private Dependency() {}

    /// Opens a channel, by the wires' settings in the environment.
    ///
    /// @param endpoint https://host:port, or host:port
    /// @throws IllegalArgumentException if plain text would leave this machine without leave
    public static ManagedChannel channel(String endpoint, ClientInterceptor... interceptors) {
        return Channels.ofEnvironment().open(endpoint).intercept(interceptors).build();
    }

    /// Makes a call.
    ///
    /// @param dependency name of the service: "dataset-service"
    /// @param resource name of the resource that the call asks for
    /// @throws ApiException RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    public static <T> T ask(String dependency, String resource, Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException failure) {
            if (failure.getStatus().getCode() == Status.Code.NOT_FOUND) {
                throw ApiException.notFound(resource);
            }
            if (GrpcErrors.isUnreachable(failure)) {
                throw ApiException.of(
                        ErrorReason.DEPENDENCY_UNAVAILABLE,
                        dependency + " cannot be reached, try again",
                        "dependency",
                        dependency);
            }
            if (failure.getStatus().getCode() == Status.Code.UNAUTHENTICATED
                    || failure.getStatus().getCode() == Status.Code.PERMISSION_DENIED) {
                LOG.errorf(
                        "%s refuses this service (%s): see finetide.auth.token-file or the client certificate here, and"
                                + " finetide.auth.tokens-file there",
                        dependency, failure.getStatus().getDescription());
                throw ApiException.of(
                        ErrorReason.DEPENDENCY_UNAVAILABLE,
                        dependency + " refuses this service's token or certificate, which its operator must mend",
                        "dependency",
                        dependency);
            }
            throw failure;
        }
    }

    /// Returns the refusal of a tombstone.
    static ApiException deleted(String resource, Timestamp when) {
        return ApiException.of(
                ErrorReason.ILLEGAL_STATE,
                resource + " was deleted at " + Timestamps.toString(when),
                "resource",
                resource,
                "state",
                "deleted",
                "verb",
                "use");
    }
}
