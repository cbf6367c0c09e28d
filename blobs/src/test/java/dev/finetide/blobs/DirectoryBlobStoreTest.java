package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryBlobStoreTest extends BlobStoreContract {

    @Override
    BlobStore newStore(Path directory) throws IOException {
        return BlobStores.open(directory.toUri());
    }

    @Override
    void corrupt(BlobStore store, String key) throws IOException {
        Path file = directory.resolve("blobs").resolve(key);
        byte[] content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);
    }

    @Test
    void abandonedTemporaryFilesGoAtTheNextOpenAndRecentOnesStay() throws IOException {
        Path temporary = Files.createDirectories(directory.resolve("blobs/.tmp"));
        Path abandoned = Files.writeString(temporary.resolve(".a.part"), "half");
        Path recent = Files.writeString(temporary.resolve(".b.part"), "half");
        Files.setLastModifiedTime(abandoned, FileTime.from(Instant.now().minus(Duration.ofHours(25))));

        BlobStore store = newStore(directory.resolve("blobs"));

        assertThat(abandoned).doesNotExist();
        assertThat(recent).exists();
        assertThat(store.list("")).isEmpty();
    }

    /// A child of this JVM that stores a blob which never ends, and says when it has begun.
    static final class EndlessWriter {
        public static void main(String[] arguments) throws IOException {
            BlobStores.open(Path.of(arguments[0]).toUri()).put("a/b", new InputStream() {
                private long count;

                @Override
                public int read() throws IOException {
                    if (++count == 1 << 20) {
                        System.out.println("begun");
                    }
                    if (count >= 1 << 20) {
                        try {
                            Thread.sleep(60_000);
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    }
                    return 'x';
                }
            });
        }
    }

    @Test
    void aFileOfAKilledProcessGoesAtOnceAndThatOfALiveOneNever() throws Exception {
        Path blobs = directory.resolve("blobs");
        BlobStore store = newStore(blobs);
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EndlessWriter.class.getName(),
                        blobs.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = writer.inputReader()) {
            assertThat(said.readLine()).isEqualTo("begun");
            Path file = onlyFile(blobs.resolve(".tmp"));
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(3))));

            store.deleteAbandoned();
            assertThat(file).as("the file of a live writer that is slow").exists();

            writer.destroyForcibly().waitFor();
            store.deleteAbandoned();
            assertThat(file).as("the file of a killed writer").doesNotExist();
        } finally {
            writer.destroyForcibly();
        }
    }

    @Test
    void aFileOfThisProcessIsLeftToItsWriter() throws IOException {
        BlobStore store = newStore(directory.resolve("blobs"));
        BlobRef hello = BlobRef.ofContent(5, Sha256.hex("hello".getBytes(StandardCharsets.UTF_8)));

        store.putContent(
                hello, new FilterInputStream(new ByteArrayInputStream("hello".getBytes(StandardCharsets.UTF_8))) {
                    @Override
                    public int read(byte[] buffer, int offset, int length) throws IOException {
                        Path own = onlyFile(directory.resolve("blobs/.tmp"));
                        Files.setLastModifiedTime(
                                own, FileTime.from(Instant.now().minus(Duration.ofDays(3))));
                        store.deleteAbandoned();
                        return super.read(buffer, offset, length);
                    }
                });

        assertThat(store.stat(hello.key())).contains(hello);
    }

    private static Path onlyFile(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void contentThatIsPutAgainCountsAsNew() throws IOException {
        BlobStore store = newStore(directory.resolve("blobs"));
        BlobRef blob = store.putContent(new byte[10]);
        Instant old = Instant.now().minus(Duration.ofDays(3));
        Files.setLastModifiedTime(directory.resolve("blobs").resolve(blob.key()), FileTime.from(old));

        store.putContent(new byte[10]);

        assertThat(store.list("").getFirst().modified()).isAfter(old.plus(Duration.ofDays(2)));
    }

    @Test
    void truncatedFileIsFoundAtOpen() throws IOException {
        BlobStore store = newStore(directory.resolve("blobs"));
        BlobRef blob = store.put("a/b", new ByteArrayInputStream(new byte[100]));
        Files.write(directory.resolve("blobs/a/b"), new byte[99]);

        assertThatThrownBy(() -> store.open(blob))
                .isInstanceOf(BlobCorruptException.class)
                .hasMessageContaining("expected 100 bytes, found 99");
    }

    @Test
    void linksOutOfTheStoreAreNotFollowed() throws IOException {
        BlobStore store = newStore(directory.resolve("blobs"));
        BlobRef blob = store.put("a/b", new ByteArrayInputStream(new byte[3]));
        Path outside = Files.write(directory.resolve("outside"), new byte[3]);
        Files.delete(directory.resolve("blobs/a/b"));
        Files.createSymbolicLink(directory.resolve("blobs/a/b"), outside);

        assertThatThrownBy(() -> store.open(blob)).isInstanceOf(BlobNotFoundException.class);
    }

    @Test
    void temporaryFilesAreGoneAfterAPut() throws IOException {
        BlobStore store = newStore(directory.resolve("blobs"));
        store.put("a/b", new ByteArrayInputStream(new byte[3]));
        store.put("a/b", new ByteArrayInputStream(new byte[3]));

        assertThat(directory.resolve("blobs/.tmp")).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gs://bucket/prefix", "relative/dir", "file://host/dir", "file:relative"})
    void urisOfNoKnownStoreAreRefused(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BlobStores.open(URI.create(uri)))
                .withMessageContaining("expected file:///");
    }
}
