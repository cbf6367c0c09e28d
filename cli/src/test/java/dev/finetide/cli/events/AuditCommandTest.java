package dev.finetide.cli.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.auth.v1.Role;
import org.junit.jupiter.api.Test;

class AuditCommandTest {
    private static final AuditEvent DENIED = AuditEvent.newBuilder()
            .setTime(Timestamps.fromSeconds(0))
            .setSubject("mallory")
            .setMethod("finetide.model.v1.ModelService/GetModelVersion")
            .setResult("RESOURCE_NOT_FOUND")
            .setResource("projects/default/models/m/versions/1")
            .setPeer("10.0.0.9")
            .build();

    @Test
    void anEntrySaysWhenWhoWhatHowAndFromWhere() {
        assertThat(AuditCommand.line(DENIED).replaceAll(" +", " "))
                .isEqualTo("1970-01-01T00:00:00Z mallory GetModelVersion RESOURCE_NOT_FOUND"
                        + " projects/default/models/m/versions/1 from 10.0.0.9");
        assertThat(AuditCommand.line(DENIED.toBuilder().clearSubject().build())).contains("(nobody)");
    }

    @Test
    void anEntryOfAGrantSaysToWhomAndWhat() {
        AuditEvent granted = DENIED.toBuilder()
                .setMember("vera")
                .setMemberIssuer("tokens-file")
                .setMemberRole(Role.REVIEWER)
                .build();
        assertThat(AuditCommand.line(granted)).endsWith("  vera of tokens-file as reviewer  from 10.0.0.9");
    }

    @Test
    void anEntryIsOneLineWhateverItsNamesAre() {
        AuditEvent forged = DENIED.toBuilder()
                .setResource("projects/x\n1970-01-01T00:00:01Z  alice  ApproveModelVersion  OK\u001b[2J\r")
                .build();

        assertThat(AuditCommand.line(forged)).doesNotContain("\n", "\r", "\u001b");
    }
}
