package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
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
