package dev.finetide.kit.auth;

import dev.finetide.proto.auth.v1.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Turns values of a claim into roles. A value `PROJECT:ROLE` gives that role; any other gives what the
/// settings say, or nothing: claims have values for other programs, too.
final class OidcGrants {
    private static final Pattern ROLE_IN_PROJECT = Pattern.compile("([^:]+):([a-z]+)");
    private static final Pattern GRANT = Pattern.compile("(.+):([^:=]+)=([a-z]+)");

    private record Grant(String project, Role role) {}

    private final Map<String, List<Grant>> byValue = new HashMap<>();

    /// @param settings `VALUE:PROJECT=ROLE` each
    /// @throws IllegalArgumentException if one is of another form
    OidcGrants(List<String> settings) {
        for (String setting : settings) {
            Matcher parts = GRANT.matcher(setting.strip());
            Role role = parts.matches() && Identity.isProjects(parts.group(2))
                    ? Roles.find(parts.group(3)).orElse(null)
                    : null;
            if (role == null) {
                throw new IllegalArgumentException(
                        "finetide.auth.oidc.grants: expected VALUE:PROJECT=ROLE with the role"
                                + " viewer, submitter, reviewer or admin, got " + setting);
            }
            byValue.computeIfAbsent(parts.group(1), value -> new ArrayList<>()).add(new Grant(parts.group(2), role));
        }
    }

    /// Returns the roles by project. Of several roles in one project the one counts that may do most.
    Map<String, Role> roles(List<String> values) {
        Map<String, Role> roles = new HashMap<>();
        for (String value : values) {
            for (Grant grant : byValue.getOrDefault(value, List.of())) {
                roles.merge(grant.project(), grant.role(), Roles::higher);
            }
            Matcher own = ROLE_IN_PROJECT.matcher(value);
            if (own.matches() && Identity.isProjects(own.group(1))) {
                Roles.find(own.group(2)).ifPresent(role -> roles.merge(own.group(1), role, Roles::higher));
            }
        }
        return roles;
    }
}
