package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.Sha256;
import dev.finetide.proto.auth.v1.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticTokensTest {
    @TempDir
    Path directory;

    private long changes;

    private Path file(String... lines) throws IOException {
        Path file = directory.resolve("callers");
        Files.writeString(file, String.join("\n", lines) + "\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + ++changes * 1_000));
        return file;
    }

    private static String line(String token, String rest) {
        return Sha256.hex(token.getBytes(StandardCharsets.UTF_8)) + " " + rest;
    }

    @Test
    void aCallerIsKnownByTheDigestOfItsToken() throws IOException {
        StaticTokens tokens =
                new StaticTokens(file("# people", "", line("s3cret", "user:alice  default=reviewer,research=viewer")));
        Identity alice = tokens.identify(new SentToken("s3cret")).orElseThrow();
        assertThat(alice.subject()).isEqualTo("alice");
        assertThat(alice.role("default")).isEqualTo(Role.REVIEWER);
        assertThat(alice.role("research")).isEqualTo(Role.VIEWER);
        assertThat(alice.role("other")).isEqualTo(Role.ROLE_UNSPECIFIED);
        assertThat(tokens.identify(new SentToken("S3cret"))).isEmpty();
        assertThat(tokens.identify(new SentToken(""))).isEmpty();
    }

    @Test
    void theBetterOfTwoRolesCounts() throws IOException {
        StaticTokens tokens = new StaticTokens(file(line("a", "service:eval *=submitter,default=viewer")));
        assertThat(tokens.identify(new SentToken("a")).orElseThrow().role("default"))
                .isEqualTo(Role.SUBMITTER);
    }

    @Test
    void aChangedFileCountsAtOnceAndAFaultyOneLeavesTheCallers() throws IOException {
        StaticTokens tokens = new StaticTokens(file(line("a", "user:alice *=viewer")));
        file(line("b", "user:bob *=viewer"));
        assertThat(tokens.identify(new SentToken("a"))).isEmpty();
        assertThat(tokens.identify(new SentToken("b"))).isPresent();
        file(line("c", "user:carol *=viewer"), "nonsense");
        assertThat(tokens.identify(new SentToken("b"))).isPresent();
        assertThat(tokens.identify(new SentToken("c"))).isEmpty();
        Files.delete(directory.resolve("callers"));
        assertThat(tokens.identify(new SentToken("b"))).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "abc user:alice *=viewer                | line 2: expected SHA-256",
                "TOKEN alice *=viewer                   | line 2: expected user:NAME or service:NAME, got alice",
                "TOKEN user:alice viewer                | line 2: expected PROJECT=ROLE, got viewer",
                "TOKEN user:alice *=owner               | line 2: expected the role viewer, submitter, reviewer or admin, got owner",
                "TOKEN user:alice *=unrecognized        | got unrecognized",
                "TOKEN user:alice Default=viewer        | line 2: expected PROJECT=ROLE, got Default=viewer",
                "TOKEN user:alice *=viewer more         | line 2: expected SHA-256",
                "dns:*.example service:eval *=viewer    | line 2: expected SHA-256 or a certificate's dns:NAME",
                "cn:eval service:eval *=viewer          | line 2: expected SHA-256 or a certificate's dns:NAME",
                "uri:eval service:eval *=viewer         | line 2: expected SHA-256 or a certificate's dns:NAME",
                "email:eval service:eval *=viewer       | line 2: expected SHA-256 or a certificate's dns:NAME"
            })
    void aFaultNamesItsLine(String faulty, String problem) {
        assertThatThrownBy(() -> new StaticTokens(file("# first", faulty.replace("TOKEN", "0".repeat(64)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem.strip());
    }

    @Test
    void oneTokenHasOneCaller() {
        assertThatThrownBy(
                        () -> new StaticTokens(file(line("a", "user:alice *=viewer"), line("a", "user:bob *=admin"))))
                .hasMessageContaining("line 2: the token stands there twice");
    }

    @Test
    void oneNameOfACertificateHasOneCaller() {
        assertThatThrownBy(() -> new StaticTokens(
                        file("dns:eval.local service:eval *=viewer", "dns:EVAL.local user:bob *=admin")))
                .hasMessageContaining("line 2: dns:eval.local stands there twice");
    }

    @Test
    void aNameOfACertificateIsNoToken() throws IOException {
        StaticTokens tokens = new StaticTokens(file("dns:eval.local service:eval *=viewer"));
        assertThat(tokens.identify(new SentToken("dns:eval.local"))).isEmpty();
    }

    @Test
    void aFileThatEverybodyMayChangeIsRefused() throws IOException {
        Path file = file(line("a", "user:alice *=viewer"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThatThrownBy(() -> new StaticTokens(file)).hasMessageContaining("may be changed by every user");
    }
}
