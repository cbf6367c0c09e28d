package dev.finetide.blobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// The S3 store on a real S3 server. Credentials come from the SDK's usual chain, as in a service: here from system
/// properties.
class S3BlobStoreIT extends BlobStoreContract {
    @TempDir
    static Path objects;

    private static S3Server server;
    private static S3Client raw;
    private static int stores;
    private String prefix;

    @BeforeAll
    static void start() throws Exception {
        System.setProperty("aws.secretAccessKey", S3Server.SECRET_KEY);
        server = S3Server.start(objects);
    }

    @BeforeEach
    void signIn() {
        System.setProperty("aws.accessKeyId", S3Server.ACCESS_KEY);
    }

    @AfterEach
    void temporaryFilesAreGone() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".part"));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (raw != null) {
            raw.close();
        }
        server.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @Override
    BlobStore newStore(Path directory) throws IOException {
        signIn();
        prefix = "store-" + ++stores + "/";
        return BlobStores.open(server.uri(S3Server.BUCKET + "/" + prefix));
    }

    @Override
    void corrupt(BlobStore store, String key) throws IOException {
        String object = prefix + key;
        byte[] content = raw().getObjectAsBytes(
                        get -> get.bucket(S3Server.BUCKET).key(object))
                .asByteArray();
        content[content.length / 2] ^= 1;
        raw().putObject(put -> put.bucket(S3Server.BUCKET).key(object), RequestBody.fromBytes(content));
    }

    @Test
    void aFileOfSeveralPartsIsOneObjectAndOnlyOneOfItsWritersWins() throws IOException {
        BlobStore store = newStore(directory);
        byte[] content = new byte[(64 << 20) + 5];
        new Random(7).nextBytes(content);

        BlobRef blob = store.put("attempts/1/weights", new ByteArrayInputStream(content));

        assertThat(store.stat("attempts/1/weights")).contains(blob);
        content[0] ^= 1;
        assertThatThrownBy(() -> store.put("attempts/1/weights", new ByteArrayInputStream(content)))
                .isInstanceOf(BlobConflictException.class);
        // This tests the condition itself, without the call of exists() before it.
        Path file = Files.write(directory.resolve("large"), content);
        assertThat(new S3Upload(raw(), S3Server.BUCKET).ifAbsent(prefix + "attempts/1/weights", file))
                .isFalse();
        assertThat(raw().listMultipartUploads(list -> list.bucket(S3Server.BUCKET))
                        .uploads())
                .isEmpty();
        assertThat(store.stat("attempts/1/weights")).contains(blob);
    }

    @Test
    void aReaderMayStopEarly() throws IOException {
        BlobStore store = newStore(directory);
        BlobRef blob = store.putContent(new ByteArrayInputStream(new byte[3_000_000]));

        for (int i = 0; i < 20; i++) {
            try (InputStream in = store.open(blob)) {
                assertThat(in.readNBytes(10)).hasSize(10);
            }
        }
    }

    @Test
    void anotherKeyIsDenied() throws IOException {
        System.setProperty("aws.accessKeyId", "somebody");
        BlobStore store = BlobStores.open(server.uri(S3Server.BUCKET));

        assertThatThrownBy(() -> store.put("a/b", new ByteArrayInputStream("x".getBytes(UTF_8))))
                .isInstanceOf(BlobDeniedException.class)
                .hasMessageContaining("s3://models/a/b")
                .hasMessageContaining("HTTP 403");
    }

    @Test
    void noBucketIsNamed() throws IOException {
        BlobStore store = BlobStores.open(server.uri("no-such-bucket"));

        assertThatThrownBy(() -> store.list(""))
                .isInstanceOf(BlobUnreachableException.class)
                .hasMessageContaining("s3://no-such-bucket/")
                .hasMessageContaining("NoSuchBucket");
    }

    @Test
    void noServerIsNamed() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        BlobStore store = BlobStores.open(
                URI.create("s3://models/x?endpoint=http://127.0.0.1:" + port + "&region=us-east-1&path-style=true"));

        assertThatThrownBy(() -> store.exists("a/b"))
                .isInstanceOf(BlobUnreachableException.class)
                .hasMessageContaining("s3://models/x/a/b cannot be reached")
                .hasMessageContaining("refused");
    }

    private static S3Client raw() {
        if (raw == null) {
            raw = S3Client.builder()
                    .httpClientBuilder(UrlConnectionHttpClient.builder())
                    .endpointOverride(server.endpoint())
                    .region(Region.US_EAST_1)
                    .forcePathStyle(true)
                    .build();
        }
        return raw;
    }
}
