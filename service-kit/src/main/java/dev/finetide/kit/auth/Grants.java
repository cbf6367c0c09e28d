package dev.finetide.kit.auth;

import dev.finetide.proto.auth.v1.Role;

/// Says which roles callers have beside those of their tokens.
public interface Grants {
    /// Nobody has more than the token says.
    Grants NONE = (_, _) -> Role.ROLE_UNSPECIFIED;

    /// Returns the role that a project gives a caller; ROLE_UNSPECIFIED for none. Asks no database: it is called before
    /// every rpc.
    ///
    /// @param project id of the project: `default`
    Role role(Identity caller, String project);
}
