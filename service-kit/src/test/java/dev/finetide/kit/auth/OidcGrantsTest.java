package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.auth.v1.Role;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OidcGrantsTest {
    @Test
    void valuesGiveRolesAndTheStrongestInAProjectCounts() {
        OidcGrants grants = new OidcGrants(List.of(
                "ml-team:default=submitter", " ml-team:research=viewer", "urn:a=b:c:*=viewer", "urn:x:a.b_c-d=admin"));
        assertThat(grants.roles(List.of("ml-team", "default:viewer", "research:reviewer", "mail", "default:owner")))
                .isEqualTo(Map.of("default", Role.SUBMITTER, "research", Role.REVIEWER));
        assertThat(grants.roles(List.of("urn:a=b:c", "urn:x")))
                .isEqualTo(Map.of("*", Role.VIEWER, "a.b_c-d", Role.ADMIN));
        assertThat(grants.roles(List.of("*:admin"))).isEqualTo(Map.of("*", Role.ADMIN));
    }

    /// A role in what can be no project would be one that nobody can see and nobody can use.
    @ParameterizedTest
    @ValueSource(strings = {"a-", "-a", "A", "a..b", "a/b", "a*", "**", "ä"})
    void whatCanBeNoProjectGivesNoRole(String project) {
        assertThat(new OidcGrants(List.of()).roles(List.of(project + ":admin"))).isEmpty();
        assertThatThrownBy(() -> new OidcGrants(List.of("team:" + project + "=admin")))
                .hasMessageContaining("finetide.auth.oidc.grants: expected VALUE:PROJECT=ROLE")
                .hasMessageEndingWith("got team:" + project + "=admin");
    }
}
