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
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
            // Other processes of this machine have files there, too.
            assertThat(files).noneMatch(file -> Writer.of(file).equals(Optional.of(Writer.SELF)));
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
        assertThat(new S3Upload(raw(), S3Server.BUCKET)
                        .ifAbsent(prefix + "attempts/1/weights", new ByteArrayInputStream(content)))
                .isFalse();
        assertThatNoUploadIsOpen();
        assertThat(store.stat("attempts/1/weights")).contains(blob);
    }

    @Test
    void aLongUploadThatFailsLeavesNoPart() throws IOException {
        BlobStore store = newStore(directory);
        RuntimeException refused = new IllegalStateException("refused");
        int length = 2 * S3Upload.PART_BYTES + 5;
        BlobRef announced = BlobRef.ofContent(length, "0".repeat(64));

        assertThatThrownBy(() -> store.put("attempts/1/weights", failingAfter(length, refused)))
                .isSameAs(refused);
        assertThatThrownBy(() -> store.putContent(announced, new ByteArrayInputStream(new byte[length])))
                .isInstanceOf(BlobCorruptException.class);

        assertThatNoUploadIsOpen();
        assertThat(store.list("")).isEmpty();
    }

    @Test
    void aBlobMuchLargerThanTheHeapPassesThroughWithoutAFile() throws Exception {
        newStore(directory);
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-Djava.io.tmpdir=" + temporary,
                        "-Daws.accessKeyId=" + S3Server.ACCESS_KEY,
                        "-Daws.secretAccessKey=" + S3Server.SECRET_KEY,
                        "-cp",
                        System.getProperty("java.class.path"),
                        ZerosWriter.class.getName(),
                        server.uri(S3Server.BUCKET + "/" + prefix).toString())
                .redirectErrorStream(true)
                .start();
        long most = 0;
        while (writer.isAlive()) {
            most = Math.max(most, bytesBelow(temporary));
            writer.waitFor(20, TimeUnit.MILLISECONDS);
        }

        assertThat(new String(writer.getInputStream().readAllBytes(), UTF_8)).contains("stored " + ZerosWriter.BYTES);
        assertThat(most).isLessThan(1 << 20);
        assertThatNoUploadIsOpen();
    }

    private static long bytesBelow(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.exists(file) ? Files.size(file) : 0;
            }
        }
        return bytes;
    }

    /// Stores 256 MiB of zeros in the store that its argument names.
    static final class ZerosWriter {
        static final long BYTES = 256L << 20;

        public static void main(String[] arguments) throws IOException {
            BlobRef announced;
            try (MeasuredInputStream zeros = new MeasuredInputStream(zeros())) {
                announced = zeros.drain("zeros");
            }
            BlobRef stored = BlobStores.open(URI.create(arguments[0]))
                    .putContent(BlobRef.ofContent(BYTES, announced.sha256()), zeros());
            System.out.println("stored " + stored.size());
        }

        private static InputStream zeros() {
            return new InputStream() {
                private long left = BYTES;

                @Override
                public int read() {
                    return left-- > 0 ? 0 : -1;
                }

                @Override
                public int read(byte[] buffer, int offset, int length) {
                    int n = (int) Math.min(length, left);
                    Arrays.fill(buffer, offset, offset + n, (byte) 0);
                    left -= n;
                    return n == 0 && length > 0 ? -1 : n;
                }
            };
        }
    }

    @Test
    void uploadsOfDeadWritersAreAbortedByTheirAge() throws IOException {
        BlobStore store = newStore(directory);
        raw().createMultipartUpload(upload -> upload.bucket(S3Server.BUCKET).key(prefix + "a/b"));
        S3Upload uploads = new S3Upload(raw(), S3Server.BUCKET);

        store.deleteAbandoned();
        assertThat(uploads.abortOlder("other/", Instant.now().plusSeconds(60))).isZero();
        assertThat(uploads.abortOlder(prefix, Instant.now().plusSeconds(60))).isEqualTo(1);
        assertThatNoUploadIsOpen();
    }

    @Test
    void anyAnnouncedSizeFitsIntoThePartsOfAnUpload() {
        assertThat(S3Upload.partBytes(0)).isEqualTo(S3Upload.PART_BYTES);
        assertThat(S3Upload.partBytes(1L << 40) * 10_000L).isGreaterThanOrEqualTo(1L << 40);
    }

    private static void assertThatNoUploadIsOpen() {
        assertThat(raw().listMultipartUploads(list -> list.bucket(S3Server.BUCKET))
                        .uploads())
                .isEmpty();
    }

    @Test
    void aReaderMayStopEarly() throws IOException {
        BlobStore store = newStore(directory);
        BlobRef blob = store.putContent(new byte[3_000_000]);

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
