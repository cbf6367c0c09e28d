package dev.finetide.kit.auth;

import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.rule.FieldRules;
import dev.finetide.proto.auth.AttemptToken;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.errors.v1.ErrorReason;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/// Says who a caller is, and whether the caller may make a request. Every refusal is an [ApiException]. Thread-safe.
@Singleton
public final class Access {
    private final List<Authenticator> authenticators;
    private final AttemptTokens attempts;
    private final Grants grants;

    @Inject
    Access(AuthSettings settings, AttemptTokens attempts, Grants grants) {
        this(
                Stream.concat(
                                settings.tokensFile().<Authenticator>map(StaticTokens::new).stream(),
                                settings
                                        .oidc()
                                        .issuer()
                                        .<Authenticator>map(issuer -> new OidcTokens(settings.oidc()))
                                        .stream())
                        .toList(),
                attempts,
                grants);
    }

    /// @throws IllegalArgumentException if there is nothing to know callers by
    Access(List<Authenticator> authenticators, AttemptTokens attempts, Grants grants) {
        if (authenticators.isEmpty()) {
            throw new IllegalArgumentException(
                    "nobody could call this service: set finetide.auth.tokens-file [FINETIDE_AUTH_TOKENS_FILE], or"
                            + " finetide.auth.oidc.issuer [FINETIDE_AUTH_OIDC_ISSUER]");
        }
        this.authenticators = List.copyOf(authenticators);
        this.attempts = attempts;
        this.grants = grants;
    }

    /// Returns the caller. A token decides alone: the certificate of a connection with tokens may
    /// be that of a proxy, and a token that is wrong is not made good by a certificate.
    ///
    /// @throws ApiException UNAUTHENTICATED
    Identity identify(Credentials credentials) {
        if (!credentials.hasHeader()) {
            return holder(credentials
                    .certificate()
                    .orElseThrow(() ->
                            unauthenticated("the call has no token: expected the header authorization: Bearer TOKEN")));
        }
        if (credentials.attemptToken().isPresent()) {
            // Checked with the first message, which names the attempt.
            return new Identity("worker", "attempt", Identity.Kind.WORKER, Map.of());
        }
        SentToken token = credentials
                .token()
                .orElseThrow(() -> unauthenticated("the header authorization is not of the form Bearer TOKEN"));
        return known(authenticator -> authenticator.identify(token))
                .orElseThrow(() -> unauthenticated("the token is not known here"));
    }

    private Identity holder(ClientCertificate certificate) {
        return known(authenticator -> authenticator.identify(certificate))
                .orElseThrow(() -> unauthenticated(
                        "the call has no token, and none of the names of its client certificate is known here: "
                                + certificate.shown()));
    }

    private Optional<Identity> known(Function<Authenticator, Optional<Identity>> asked) {
        return authenticators.stream()
                .flatMap(authenticator -> asked.apply(authenticator).stream())
                .findFirst();
    }

    /// Returns what must be over before [#identify] can judge a token, such as a fetch of keys;
    /// empty if it can now.
    Optional<CompletableFuture<Void>> awaited(Credentials credentials) {
        return credentials
                .token()
                .flatMap(sent -> authenticators.stream()
                        .flatMap(authenticator -> authenticator.awaited(sent).stream())
                        .findFirst());
    }

    /// Returns the caller of something that every known caller may do. A worker's token is checked
    /// with the attempt that a request names, and where no request names one, any text with its
    /// prefix would do.
    ///
    /// @throws ApiException UNAUTHENTICATED for workers
    static Identity requireProven(Identity caller) {
        if (caller.kind() == Identity.Kind.WORKER) {
            throw unauthenticated("the token of a worker is for its attempt alone");
        }
        return caller;
    }

    /// Returns a caller as the services know the caller now, while a call is open: the tokens file
    /// may have changed. An OIDC token is judged when its call begins, so that one of five minutes
    /// does not end a watch of an hour; the age of its connection ends the call.
    ///
    /// @throws ApiException UNAUTHENTICATED if the caller is not known any more
    Identity stillKnown(Identity caller, Credentials credentials) {
        return caller.issuer().equals(StaticTokens.ISSUER) ? identify(credentials) : caller;
    }

    /// Checks that a caller may make a request.
    ///
    /// @param credentials for a worker, whose token says of which attempt it is
    /// @throws ApiException PERMISSION_DENIED, RESOURCE_NOT_FOUND for a project that the caller has no role in,
    ///     INVALID_FIELD for a request that names no project
    void check(AccessRule rule, Identity caller, Credentials credentials, Message request) {
        if (rule.needs().getWorker()) {
            requireWorker(rule, credentials, request);
            return;
        }
        if (rule.needs().getOwnWorker() && isWorkerOf(rule.resource(request), credentials)) {
            return;
        }
        if (rule.needs().getAnyCaller()) {
            if (caller.kind() == Identity.Kind.WORKER) {
                throw denied(caller, Role.VIEWER, Role.ROLE_UNSPECIFIED, Identity.ALL_PROJECTS);
            }
            return;
        }
        String resource = rule.resource(request);
        String field = rule.needs().getResource();
        Optional<String> project = NamedResources.project(resource);
        if (project.isEmpty()) {
            FieldRules.check(request, ""); // names everything that is wrong, this field included
            throw ApiException.invalidField(field, "names no project");
        }
        if (rule.needs().getAllProjects()) {
            Role everywhere = caller.role(Identity.ALL_PROJECTS);
            if (everywhere.getNumber() < rule.needs().getRole().getNumber()) {
                throw denied(caller, rule.needs().getRole(), everywhere, Identity.ALL_PROJECTS);
            }
            return;
        }
        requireRole(caller, project.get(), resource, rule.needs().getRole());
        for (String name : NamedResources.of(request)) {
            NamedResources.project(name).ifPresent(other -> requireRole(caller, other, name, Role.VIEWER));
        }
    }

    private void requireRole(Identity caller, String project, String resource, Role needed) {
        Role has = role(caller, project);
        if (has == Role.ROLE_UNSPECIFIED && caller.kind() != Identity.Kind.WORKER) {
            throw ApiException.notFound(
                    resource.endsWith("/-") ? ResourceType.PROJECT.name(project) : Printable.of(resource));
        }
        if (has.getNumber() < needed.getNumber()) {
            throw denied(caller, needed, has, project);
        }
    }

    /// Returns the higher one of the role that a caller's token gives and of the role that the project gives;
    /// ROLE_UNSPECIFIED for none.
    public Role role(Identity caller, String project) {
        return Roles.higher(caller.role(project), grants.role(caller, project));
    }

    private static ApiException denied(Identity caller, Role needed, Role has, String project) {
        String given = has == Role.ROLE_UNSPECIFIED ? "" : Roles.word(has);
        String where = project.equals(Identity.ALL_PROJECTS) ? "all projects" : "projects/" + project;
        return ApiException.of(
                ErrorReason.PERMISSION_DENIED,
                caller.subject() + " needs the role " + Roles.word(needed) + " in " + where + " and has "
                        + (given.isEmpty() ? "none" : given),
                "needs",
                Roles.word(needed),
                "has",
                given,
                "project",
                project);
    }

    private void requireWorker(AccessRule rule, Credentials credentials, Message request) {
        Object attempt = request.getField(request.getDescriptorForType().findFieldByName("attempt"));
        boolean isOfAttempt = credentials
                .attemptToken()
                .map(AttemptToken::attempt)
                .filter(attempt::equals)
                .isPresent();
        if (!isOfAttempt || !isWorkerOf(rule.resource(request), credentials)) {
            throw ApiException.of(
                    ErrorReason.PERMISSION_DENIED,
                    "only the worker of this attempt may call this, by the token that it was launched with",
                    "needs",
                    "worker");
        }
    }

    private boolean isWorkerOf(String resource, Credentials credentials) {
        return credentials
                .attemptToken()
                .filter(token -> attempts.fits(token, resource, AttemptToken.attempt(token)))
                .isPresent();
    }

    static ApiException unauthenticated(String problem) {
        return ApiException.of(ErrorReason.UNAUTHENTICATED, problem);
    }
}
