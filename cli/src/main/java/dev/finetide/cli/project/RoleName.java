package dev.finetide.cli.project;

import dev.finetide.proto.auth.v1.Role;

/// A role, as `--role` names it.
enum RoleName {
    VIEWER(Role.VIEWER),
    SUBMITTER(Role.SUBMITTER),
    REVIEWER(Role.REVIEWER),
    ADMIN(Role.ADMIN);

    private final Role role;

    RoleName(Role role) {
        this.role = role;
    }

    Role role() {
        return role;
    }
}
