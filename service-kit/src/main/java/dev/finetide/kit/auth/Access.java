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
    /// @param authorization value of the header `authorization`; null if the call has none
    /// @param token         token in that header
    /// @param certificate   what the caller has shown on the connection
    /// @throws ApiException UNAUTHENTICATED
    Identity identify(String authorization, Optional<SentToken> token, Optional<ClientCertificate> certificate) {
        if (authorization == null) {
            return holder(certificate.orElseThrow(
                    () -> unauthenticated("the call has no token: expected the header authorization: Bearer TOKEN")));
        }
        return identify(
                token.orElseThrow(() -> unauthenticated("the header authorization is not of the form Bearer TOKEN")));
    }

    private Identity holder(ClientCertificate certificate) {
        for (Authenticator authenticator : authenticators) {
            Optional<Identity> known = authenticator.identify(certificate);
            if (known.isPresent()) {
                return known.get();
            }
        }
        throw unauthenticated("the call has no token, and none of the names of its client certificate is known here: "
                + certificate.shown());
    }

    /// Returns what must be over before [#identify] can judge a token, such as a fetch of keys;
    /// empty if it can now.
    ///
    /// @param token token of the call; empty if it has none
    Optional<CompletableFuture<Void>> awaited(Optional<SentToken> token) {
        return token.flatMap(sent -> authenticators.stream()
                .flatMap(authenticator -> authenticator.awaited(sent).stream())
                .findFirst());
    }

    /// Returns the caller who has a token. A worker's token is checked with its first message, which names the attempt.
    private Identity identify(SentToken token) {
        if (token.text().startsWith(AttemptToken.PREFIX)) {
            return new Identity("worker", "attempt", Identity.Kind.WORKER, Map.of());
        }
        for (Authenticator authenticator : authenticators) {
            Optional<Identity> known = authenticator.identify(token);
            if (known.isPresent()) {
                return known.get();
            }
        }
        throw unauthenticated("the token is not known here");
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
    /// does not end a watch of an hour.
    ///
    /// @throws ApiException UNAUTHENTICATED if the caller is not known any more
    Identity known(
            Identity caller, String authorization, Optional<SentToken> token, Optional<ClientCertificate> certificate) {
        return caller.issuer().equals(StaticTokens.ISSUER) ? identify(authorization, token, certificate) : caller;
    }

    /// Checks that a caller may make a request.
    ///
    /// @param token value of the header, for a worker; null if the call has none
    /// @throws ApiException PERMISSION_DENIED, RESOURCE_NOT_FOUND for a project that the caller has no role in,
    ///     INVALID_FIELD for a request that names no project
    void check(AccessRule rule, Identity caller, String token, Message request) {
        if (rule.needs().getWorker()) {
            requireWorker(rule, token, request);
            return;
        }
        if (rule.needs().getOwnWorker() && isWorkerOf(rule.resource(request), token)) {
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

    private void requireWorker(AccessRule rule, String token, Message request) {
        Object attempt = request.getField(request.getDescriptorForType().findFieldByName("attempt"));
        if (!isWorkerOf(rule.resource(request), token)
                || !attempt.equals(AttemptToken.attempt(AttemptTokens.inHeader(token)))) {
            throw ApiException.of(
                    ErrorReason.PERMISSION_DENIED,
                    "only the worker of this attempt may call this, by the token that it was launched with",
                    "needs",
                    "worker");
        }
    }

    private boolean isWorkerOf(String resource, String header) {
        String token = AttemptTokens.inHeader(header);
        return attempts.fits(token, resource, AttemptToken.attempt(token));
    }

    static ApiException unauthenticated(String problem) {
        return ApiException.of(ErrorReason.UNAUTHENTICATED, problem);
    }
}
