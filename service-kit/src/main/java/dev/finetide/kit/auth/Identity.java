package dev.finetide.kit.auth;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.auth.v1.Role;
import io.grpc.Context;
import java.util.Map;
import java.util.Optional;

/// Names who makes a call, and what the caller may do.
///
/// @param subject name that histories and the audit keep: `alice`, `eval-service`, or the name of a worker's resource
/// @param issuer  who says so: `tokens-file`, the URL of an OIDC server, or `attempt`
/// @param kind    person, service or worker
/// @param roles   role by project; `*` stands for all projects
public record Identity(String subject, String issuer, Kind kind, Map<String, Role> roles) {
    /// Kind of caller.
    public enum Kind {
        USER,
        SERVICE,
        WORKER
    }

    /// Stands for every project.
    public static final String ALL_PROJECTS = "*";

    private static final Context.Key<Identity> CURRENT = Context.key("finetide.identity");

    public Identity {
        roles = Map.copyOf(roles);
    }

    /// Returns whether a role may be given for this: the id of a project, or `*`.
    static boolean isProjects(String project) {
        return project.equals(ALL_PROJECTS) || ResourceType.isId(project);
    }

    /// Returns the role that the token gives in a project, or in all with `*`; ROLE_UNSPECIFIED for none. [Access#role]
    /// adds what the project gives.
    public Role role(String project) {
        Role own = roles.getOrDefault(project, Role.ROLE_UNSPECIFIED);
        Role everywhere = roles.getOrDefault(ALL_PROJECTS, Role.ROLE_UNSPECIFIED);
        return Roles.higher(own, everywhere);
    }

    /// Returns who makes the call that this thread answers; empty on a thread that answers none.
    public static Optional<Identity> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /// Returns the subject of the call that this thread answers.
    ///
    /// @param otherwise actor where the thread answers no call, as in a tick of the service itself
    public static String actor(String otherwise) {
        return current().map(Identity::subject).orElse(otherwise);
    }

    /// Returns a context in which this identity is the caller.
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }
}
