package dev.finetide.kit.auth;

import dev.finetide.proto.auth.v1.Role;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Names and compares roles. Each role may do what the roles before it may.
final class Roles {
    private Roles() {}

    /// Returns the word for a role: `submitter`.
    static String word(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    /// Returns the role that a word names; empty if it names none.
    static Optional<Role> find(String word) {
        return Arrays.stream(Role.values())
                .filter(role -> role != Role.ROLE_UNSPECIFIED && role != Role.UNRECOGNIZED)
                .filter(role -> word(role).equals(word))
                .findFirst();
    }

    /// Returns the one of two roles that may do more.
    static Role higher(Role one, Role other) {
        return one.getNumber() > other.getNumber() ? one : other;
    }
}
