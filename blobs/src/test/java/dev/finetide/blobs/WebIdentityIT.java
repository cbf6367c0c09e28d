package dev.finetide.blobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store without static keys: an STS and an S3 server that know sessions only.
class WebIdentityIT {
    @TempDir
    Path directory;

    private SessionServer server;
    private Path token;

    /// The settings of the SDK, as a pod has them in its environment.
    private Map<String, String> settings;

    @BeforeEach
    void aPodHasAnIdentity() throws Exception {
        server = SessionServer.start(Files.createDirectories(directory.resolve("objects")));
        token = Files.writeString(directory.resolve("token"), "identity-1");
        settings = Map.of(
                "aws.webIdentityTokenFile",
                token.toString(),
                "aws.roleArn",
                "arn:aws:iam::123456789012:role/finetide",
                "aws.endpointUrlSts",
                server.endpoint().toString(),
                "aws.region",
                "us-east-1");
        settings.forEach(System::setProperty);
        server.accept("identity-1");
    }

    @AfterEach
    void stop() throws Exception {
        settings.keySet().forEach(System::clearProperty);
        server.close();
    }

    private static ByteArrayInputStream content(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    private BlobStore store() throws IOException {
        return BlobStores.open(server.uri(S3Server.BUCKET + "/store"));
    }

    @Test
    void aTokenFileIsEnoughAndIsReadAgainWhenItWasRotated() throws IOException {
        // Sessions that end at once make the client ask for another one each time.
        server.lifetime(Duration.ofSeconds(5));
        BlobStore store = store();
        BlobRef first = store.put("a/b", content("one"));

        Files.writeString(token, "identity-2");
        server.accept("identity-2");
        server.endSessions();

        assertThat(store.put("a/c", content("two")).size()).isEqualTo(3);
        assertThat(store.stat("a/b")).contains(first);
        assertThat(server.identities()).contains("identity-1", "identity-2").doesNotContain("");
    }

    @Test
    void oneSessionServesManyCalls() throws IOException {
        BlobStore store = store();
        for (int i = 0; i < 5; i++) {
            store.put("a/" + i, content("x"));
        }

        assertThat(server.identities()).hasSize(1);
    }

    @Test
    void aRefusedIdentityIsNamedWithoutItsToken() throws IOException {
        server.accept("somebody-else");

        BlobDeniedException denied = catchThrowableOfType(BlobDeniedException.class, () -> store().exists("a/b"));

        assertThat(denied.getMessage())
                .contains("s3://models/store/a/b", "AWS_WEB_IDENTITY_TOKEN_FILE", "HTTP 400")
                .doesNotContain("identity-1");
    }

    @Test
    void anEndedSessionIsDeniedAndNotTakenForAnAbsentStore() throws IOException {
        BlobStore store = store();
        store.exists("a/b");
        server.endSessions();

        assertThatThrownBy(() -> store.list(""))
                .isInstanceOf(BlobDeniedException.class)
                .hasMessageContaining("ExpiredToken");
    }

    private static final BlobScope SCOPE = new BlobScope(
            Set.of("datasets/default/d/1/train-0", "sha256/ab/ab" + "0".repeat(62)),
            "trainingRuns/default/r1/",
            "trainingRuns/default/r1/attempts/2/");

    private BlobStore lent(BlobScope scope) throws IOException {
        try (BlobLender lender = BlobLender.open(
                        server.uri(S3Server.BUCKET + "/store"), Optional.of("arn:aws:iam::123456789012:role/worker"))
                .orElseThrow()) {
            BlobSession session = lender.lend(scope, "projects/default/trainingRuns/r1 attempt 1");
            return BlobStores.open(server.uri(S3Server.BUCKET + "/store"), session, () -> session);
        }
    }

    @Test
    void aBorrowerWritesBelowItsOwnFolderOnly() throws IOException {
        BlobStore store = store();
        BlobRef rows = store.put("datasets/default/d/1/train-0", content("rows"));
        store.put("datasets/default/secret/1/train-0", content("other rows"));
        BlobRef checkpoint = store.put("trainingRuns/default/r1/attempts/1/step", content("checkpoint"));
        store.put("trainingRuns/default/r2/attempts/1/step", content("checkpoint of another"));
        BlobStore lent = lent(SCOPE);

        // Its own folder, and what it may read.
        BlobRef written = lent.put("trainingRuns/default/r1/attempts/2/model", content("model"));
        assertThat(lent.stat(written.key())).contains(written);
        assertThat(lent.exists("trainingRuns/default/r1/attempts/2/none")).isFalse();
        assertThat(lent.list("trainingRuns/default/r1/"))
                .extracting(BlobEntry::key)
                .containsExactly(checkpoint.key(), written.key());
        assertThat(new String(lent.open(rows).readAllBytes(), UTF_8)).isEqualTo("rows");
        assertThat(new String(lent.open(checkpoint).readAllBytes(), UTF_8)).isEqualTo("checkpoint");
        lent.put("trainingRuns/default/r1/attempts/2/old/a", content("a"));
        lent.delete("trainingRuns/default/r1/attempts/2/old/");
        lent.put("trainingRuns/default/r1/attempts/2/large", new ByteArrayInputStream(new byte[20 << 20]));

        // What belongs to others.
        for (String key : List.of(
                "trainingRuns/default/r1/attempts/1/forged",
                "trainingRuns/default/r1/attempts/22/forged",
                "trainingRuns/default/r2/attempts/2/forged",
                "datasets/default/d/1/train-1",
                "sha256/ab/ab" + "0".repeat(62))) {
            assertThatThrownBy(() -> lent.put(key, content("forged"))).as(key).isInstanceOf(BlobDeniedException.class);
            assertThat(store.exists(key)).as(key).isFalse();
        }
        for (String key : List.of("trainingRuns/default/r2/attempts/1/step", "datasets/default/secret/1/train-0")) {
            assertThatThrownBy(() -> lent.stat(key)).as(key).isInstanceOf(BlobDeniedException.class);
            assertThatThrownBy(() -> lent.deleteBlob(key)).as(key).isInstanceOf(BlobDeniedException.class);
        }
        assertThatThrownBy(() -> lent.delete("trainingRuns/default/r1/attempts/1/"))
                .isInstanceOf(BlobDeniedException.class);
        assertThatThrownBy(() -> lent.list("datasets/")).isInstanceOf(BlobDeniedException.class);
        assertThatThrownBy(() -> lent.list("")).isInstanceOf(BlobDeniedException.class);
    }

    @Test
    void aLenderWithoutAnIdentityOrARoleLendsNothing() throws IOException {
        assertThat(BlobLender.open(server.uri("models"), Optional.empty())).isEmpty();
        assertThat(BlobLender.open(server.uri("models"), Optional.of(" "))).isEmpty();
        assertThat(BlobLender.open(directory.toUri(), Optional.of("arn:aws:iam::1:role/w")))
                .isEmpty();
        assertThatThrownBy(() -> BlobLender.open(server.uri("models"), Optional.of("worker")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("finetide.blobs.worker-role");

        server.accept("somebody-else");
        assertThatThrownBy(() -> lent(SCOPE)).isInstanceOf(BlobDeniedException.class);
    }
}
