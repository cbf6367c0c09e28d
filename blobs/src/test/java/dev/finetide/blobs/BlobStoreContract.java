package dev.finetide.blobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tests that every [BlobStore] passes. Subclasses provide the store and a way to damage a stored blob.
abstract class BlobStoreContract {

    private static final String HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    @TempDir
    Path directory;

    private BlobStore store;

    abstract BlobStore newStore(Path directory) throws IOException;

    /// Flips one bit in the middle of a stored blob.
    abstract void corrupt(BlobStore store, String key) throws IOException;

    @BeforeEach
    void open() throws IOException {
        store = newStore(directory.resolve("blobs"));
    }

    @Test
    void putThenOpenGivesTheSameBytes() throws IOException {
        BlobRef blob = store.put("runs/7/adapter.safetensors", bytes("hello"));

        assertThat(blob).isEqualTo(new BlobRef("runs/7/adapter.safetensors", 5, HELLO_SHA256));
        assertThat(read(blob)).isEqualTo("hello");
    }

    @Test
    void contentIsStoredUnderItsDigest() throws IOException {
        BlobRef blob = store.putContent("hello".getBytes(UTF_8));

        assertThat(blob.key()).isEqualTo("sha256/2c/" + HELLO_SHA256);
        assertThat(blob).isEqualTo(BlobRef.ofContent(5, HELLO_SHA256));
        assertThat(read(blob)).isEqualTo("hello");
        assertThat(store.putContent("hello".getBytes(UTF_8))).isEqualTo(blob);
    }

    @Test
    void emptyBlobIsABlob() throws IOException {
        BlobRef blob = store.put("empty", bytes(""));

        assertThat(blob.size()).isZero();
        assertThat(read(blob)).isEmpty();
    }

    @Test
    void largeBlobComesBackWhole() throws IOException {
        byte[] content = new byte[3_000_001];
        new Random(1).nextBytes(content);

        BlobRef blob = store.putContent(content);

        try (InputStream in = store.open(blob)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void sameContentAgainGivesTheSameReference() throws IOException {
        BlobRef first = store.put("a/b", bytes("one"));

        assertThat(store.put("a/b", bytes("one"))).isEqualTo(first);
    }

    @Test
    void otherContentUnderAnExistingKeyIsRefused() throws IOException {
        BlobRef first = store.put("a/b", bytes("one"));

        assertThatThrownBy(() -> store.put("a/b", bytes("other")))
                .isInstanceOf(BlobConflictException.class)
                .hasMessageContaining("a/b")
                .hasMessageContaining("stored 3 bytes")
                .hasMessageContaining("refused 5 bytes");
        assertThat(read(first)).isEqualTo("one");
    }

    @Test
    void missingBlobIsNamed() {
        assertThatThrownBy(() -> store.open(new BlobRef("no/such", 5, HELLO_SHA256)))
                .isInstanceOf(BlobNotFoundException.class)
                .hasMessageContaining("no/such");
    }

    @Test
    void changedBitIsFoundBeforeTheLastByte() throws IOException {
        BlobRef blob = store.put("a/b", bytes("hello"));
        corrupt(store, "a/b");

        assertThatThrownBy(() -> read(blob))
                .isInstanceOf(BlobCorruptException.class)
                .hasMessageContaining("a/b")
                .hasMessageContaining("expected sha256 " + HELLO_SHA256)
                .hasMessageContaining("found ");
        try (InputStream in = store.open(blob)) {
            assertThatThrownBy(() -> in.readNBytes(5)).isInstanceOf(BlobCorruptException.class);
        }
        try (InputStream in = store.open(blob)) {
            assertThatThrownBy(() -> in.skip(5)).isInstanceOf(BlobCorruptException.class);
        }
    }

    @Test
    void otherSizeThanReferencedIsFoundAtOpen() throws IOException {
        store.put("a/b", bytes("hello"));

        assertThatThrownBy(() -> store.open(new BlobRef("a/b", 4, HELLO_SHA256)))
                .isInstanceOf(BlobCorruptException.class)
                .hasMessageContaining("expected 4 bytes, found 5");
    }

    @Test
    void contentPutAgainHealsACorruptCopy() throws IOException {
        BlobRef blob = store.putContent("hello".getBytes(UTF_8));
        corrupt(store, blob.key());

        store.putContent("hello".getBytes(UTF_8));

        assertThat(read(blob)).isEqualTo("hello");
    }

    @Test
    void statGivesTheStoredReference() throws IOException {
        BlobRef blob = store.put("a/b", bytes("hello"));

        assertThat(store.stat("a/b")).contains(blob);
        assertThat(store.exists("a/b")).isTrue();
        assertThat(store.stat("a/c")).isEmpty();
        assertThat(store.exists("a/c")).isFalse();
        assertThat(store.exists("a")).isFalse();
    }

    @Test
    void listGivesKeysBelowTheFolderInOrder() throws IOException {
        store.put("runs/1/b", bytes("xx"));
        store.put("runs/1/a", bytes("x"));
        store.put("runs/10/a", bytes("xxx"));

        assertThat(store.list("runs/1/"))
                .extracting(BlobEntry::key, BlobEntry::size)
                .containsExactly(tuple("runs/1/a", 1L), tuple("runs/1/b", 2L));
        assertThat(store.list("runs/1/"))
                .extracting(BlobEntry::modified)
                .allSatisfy(time -> assertThat(time).isCloseTo(Instant.now(), within(5, ChronoUnit.MINUTES)));
        assertThat(store.list("")).extracting(BlobEntry::key).containsExactly("runs/1/a", "runs/1/b", "runs/10/a");
        assertThat(store.list("nothing/")).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> store.list("runs/1"));
    }

    @Test
    void deleteTakesAFolderAndNothingElse() throws IOException {
        store.put("attempts/1/a/b", bytes("x"));
        store.put("attempts/1/c", bytes("x"));
        BlobRef other = store.put("attempts/10/a", bytes("kept"));

        store.delete("attempts/1/");
        store.delete("attempts/1/");

        assertThat(store.list(""))
                .extracting(BlobEntry::key, BlobEntry::size)
                .containsExactly(tuple("attempts/10/a", 4L));
        assertThat(read(other)).isEqualTo("kept");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "attempts/1", "../", "/etc/"})
    void deleteOfAnythingButAFolderIsRefused(String prefix) {
        assertThatIllegalArgumentException().isThrownBy(() -> store.delete(prefix));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/etc/passwd",
                "..",
                "a/../b",
                "a//b",
                "a/",
                "./a",
                "a\\b",
                "a\0b",
                "a%2e%2e",
                "a b",
                ".tmp/x",
                "C:/x",
                "ä"
            })
    void keysThatAreNotPlainAreRefused(String key) {
        assertThatIllegalArgumentException().isThrownBy(() -> store.put(key, bytes("x")));
        assertThatIllegalArgumentException().isThrownBy(() -> store.exists(key));
        assertThatIllegalArgumentException().isThrownBy(() -> new BlobRef(key, 5, HELLO_SHA256));
    }

    @Test
    void longKeysAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> store.put("x".repeat(201), bytes("x")));
        assertThatIllegalArgumentException().isThrownBy(() -> store.put("x/".repeat(600) + "x", bytes("x")));
    }

    @Test
    void otherBytesThanAnnouncedAreNotStored() throws IOException {
        BlobRef hello = BlobRef.ofContent(5, HELLO_SHA256);

        for (String wrong : List.of("hallo", "hell", "hello!")) {
            assertThatThrownBy(() -> store.putContent(hello, bytes(wrong))).isInstanceOf(BlobCorruptException.class);
        }
        assertThat(store.list("")).isEmpty();
        assertThatNoTemporaryFileIsLeft();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.putContent(new BlobRef("a/b", 5, HELLO_SHA256), bytes("hello")));
    }

    @Test
    void oneBlobIsDeletedAndNoOther() throws IOException {
        BlobRef blob = store.putContent("hello".getBytes(UTF_8));
        BlobRef other = store.putContent("other".getBytes(UTF_8));

        store.deleteBlob(blob.key());
        store.deleteBlob(blob.key());

        assertThat(store.list("")).extracting(BlobEntry::key).containsExactly(other.key());
        assertThatIllegalArgumentException().isThrownBy(() -> store.deleteBlob("../a"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failingSourceLeavesNothing(Throwable failure) throws IOException {
        assertThatThrownBy(() -> store.put("a/b", failingAfter(100_000, failure)))
                .isSameAs(failure);
        assertThatThrownBy(() ->
                        store.putContent(BlobRef.ofContent(200_000, HELLO_SHA256), failingAfter(100_000, failure)))
                .isSameAs(failure);
        assertThat(store.list("")).isEmpty();
        assertThat(store.exists("a/b")).isFalse();
        assertThatNoTemporaryFileIsLeft();
    }

    static List<Throwable> failures() {
        return List.of(
                new IOException("the client went away"),
                new IllegalStateException("the bytes are not those announced"),
                new StackOverflowError());
    }

    /// Returns a stream that throws after some bytes, whatever its type.
    static InputStream failingAfter(int bytes, Throwable failure) {
        return new InputStream() {
            private int left = bytes;

            @Override
            public int read() throws IOException {
                if (left-- <= 0) {
                    switch (failure) {
                        case IOException e -> throw e;
                        case RuntimeException e -> throw e;
                        case Error e -> throw e;
                        default -> throw new AssertionError(failure);
                    }
                }
                return 'x';
            }
        };
    }

    private void assertThatNoTemporaryFileIsLeft() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".part"));
        }
    }

    @Test
    void writersOfOneKeyAgreeOnOneContent() throws Exception {
        List<Thread> writers = new Random(3)
                .ints(8)
                .mapToObj(i -> Thread.ofPlatform().start(() -> {
                    try {
                        store.put("race", bytes("content " + i));
                    } catch (BlobConflictException e) {
                        // one writer wins, the others get a conflict
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }))
                .toList();
        for (Thread writer : writers) {
            writer.join();
        }

        assertThat(read(store.stat("race").orElseThrow())).startsWith("content ");
    }

    @Test
    void downloadReplacesTheFileOnlyWithCheckedBytes() throws IOException {
        Path file = Files.writeString(directory.resolve("adapter.json"), "old");
        BlobRef blob = store.put("a/b", bytes("hello"));

        store.download(blob, file);
        assertThat(file).hasContent("hello");

        corrupt(store, "a/b");
        assertThatThrownBy(() -> store.download(blob, file)).isInstanceOf(BlobCorruptException.class);
        assertThat(file).hasContent("hello");
        assertThat(directory).isDirectoryNotContaining(path -> path.toString().endsWith(".part"));
    }

    private String read(BlobRef blob) throws IOException {
        try (InputStream in = store.open(blob)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }
}
