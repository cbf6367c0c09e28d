package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallRecordTest {
    private static final String PROJECT = "projects/research";

    private final CallRecord call = new CallRecord(
            "finetide.project.v1.ProjectService/GrantRole",
            "10.0.0.7",
            Optional.of(new Identity("ada", "tokens-file", Identity.Kind.USER, Map.of("research", Role.ADMIN))));

    @Test
    void theEntryOfAGrantSaysToWhomAndWhat() {
        call.names(
                PROJECT,
                GrantRoleRequest.newBuilder()
                        .setName(PROJECT)
                        .setSubject("vera")
                        .setRole(Role.REVIEWER)
                        .build());
        AuditEvent entry = call.change(PROJECT, "ProjectChanged", Instant.EPOCH);
        assertThat(entry.getMember()).isEqualTo("vera");
        assertThat(entry.getMemberIssuer()).as("that of the caller").isEqualTo("tokens-file");
        assertThat(entry.getMemberRole()).isEqualTo(Role.REVIEWER);
        assertThat(entry.getSubject()).isEqualTo("ada");
    }

    @Test
    void theEntryOfADeniedRevocationSaysFromWhomWhateverTheNameIs() {
        call.names(
                PROJECT,
                RevokeRoleRequest.newBuilder()
                        .setName(PROJECT)
                        .setSubject("x\n".repeat(10_000))
                        .setIssuer("https://login.example.com")
                        .build());
        AuditEvent entry = call.denial("PERMISSION_DENIED", Instant.EPOCH);
        assertThat(entry.getMember()).startsWith("x").doesNotContain("\n").hasSizeLessThan(400);
        assertThat(entry.getMemberIssuer()).isEqualTo("https://login.example.com");
        assertThat(entry.getMemberRole()).isEqualTo(Role.ROLE_UNSPECIFIED);
    }
}
