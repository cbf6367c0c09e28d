package dev.finetide.kit.auth;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Lets HTTP requests in. A service has no routes of its own; those of Quarkus are open where a program without a token
/// must read them, and every other path needs a token or a client certificate.
///
/// | route | open, because |
/// | --- | --- |
/// | `/q/health` and below | kubelet and load balancers have no token; it tells states of parts, no names and no rows |
/// | `/q/metrics` | Prometheus scrapes it; no label names a project, a user or a row; a NetworkPolicy fences it on a
/// cluster |
@Singleton
final class HttpAccess {
    private static final List<String> OPEN = List.of("/q/health", "/q/metrics");
    private static final int FIRST = 1_000;
    private static final int UNAUTHORIZED = 401;
    private static final int UNAVAILABLE = 503;

    private final Access access;

    HttpAccess(Access access) {
        this.access = access;
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, FIRST);
    }

    private void check(RoutingContext request) {
        String path = request.normalizedPath();
        boolean isOpen = OPEN.stream().anyMatch(open -> path.equals(open) || path.startsWith(open + "/"));
        if (isOpen) {
            request.next();
            return;
        }
        Credentials credentials = Credentials.of(
                request.request().headers().getAll(HttpHeaders.AUTHORIZATION),
                request.request().sslSession());
        Optional<CompletableFuture<Void>> awaited = access.awaited(credentials);
        if (awaited.isEmpty()) {
            enter(request, credentials);
            return;
        }
        request.request().pause();
        Context loop = request.vertx().getOrCreateContext();
        awaited.get()
                .whenComplete((done, failure) -> loop.runOnContext(ignored -> {
                    request.request().resume();
                    enter(request, credentials);
                }));
    }

    private void enter(RoutingContext request, Credentials credentials) {
        try {
            Access.requireProven(access.identify(credentials));
        } catch (ApiException refusal) {
            request.response()
                    .setStatusCode(refusal.reason() == ErrorReason.UNAUTHENTICATED ? UNAUTHORIZED : UNAVAILABLE)
                    .putHeader("WWW-Authenticate", "Bearer")
                    .end(refusal.getMessage() + "\n");
            return;
        }
        request.next();
    }
}
