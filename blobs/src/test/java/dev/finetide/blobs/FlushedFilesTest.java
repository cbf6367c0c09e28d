package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checks what the store flushes, as the JDK's flight recorder saw it: a power cut after an answer must
/// not lose the blob. Red if the flush of a file or of its directory is removed.
class FlushedFilesTest {
    @TempDir
    Path directory;

    private interface Work {
        void run() throws IOException;
    }

    private List<String> flushed(Work work) throws IOException {
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withThreshold(Duration.ZERO).withoutStackTrace();
            recording.start();
            work.run();
            recording.stop();
            Path file = Files.createTempFile("flushed", ".jfr");
            try {
                recording.dump(file);
                // The recorder gives events in any order.
                return RecordingFile.readAllEvents(file).stream()
                        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                        .map(event -> event.getString("path"))
                        .filter(path -> path != null && path.startsWith(directory.toString()))
                        .toList();
            } finally {
                Files.delete(file);
            }
        }
    }

    @Test
    void aBlobIsFlushedAndThenItsDirectory() throws IOException {
        BlobStore store = BlobStores.open(directory.resolve("blobs").toUri());

        List<String> flushed = flushed(() -> store.put("a/b", new ByteArrayInputStream(new byte[10])));

        assertThat(flushed.getFirst()).as("the new .tmp is in its parent").isEqualTo(path("blobs"));
        assertThat(flushed.get(1)).matches(".*/blobs/\\.tmp/.*\\.part");
        assertThat(flushed).endsWith(path("blobs"), path("blobs/a"));
    }

    @Test
    void contentIsFlushedAndThenItsDirectory() throws IOException {
        BlobStore store = BlobStores.open(directory.resolve("blobs").toUri());
        BlobRef blob = store.putContent(new byte[10]);

        List<String> flushed = flushed(() -> store.putContent(new byte[10]));

        assertThat(flushed).hasSize(2);
        assertThat(flushed.getFirst()).matches(".*/blobs/\\.tmp/.*\\.part");
        assertThat(flushed.getLast())
                .isEqualTo(path("blobs/" + Path.of(blob.key()).getParent()));
    }

    @Test
    void aDownloadIsFlushedAndThenItsDirectory() throws IOException {
        BlobStore store = BlobStores.open(directory.resolve("blobs").toUri());
        BlobRef blob = store.putContent(new byte[10]);
        Files.createDirectory(directory.resolve("copies"));

        List<String> flushed = flushed(() -> store.download(blob, directory.resolve("copies/file")));

        assertThat(flushed).hasSize(2);
        assertThat(flushed.getFirst()).matches(".*/copies/.*\\.part");
        assertThat(flushed.getLast()).isEqualTo(path("copies"));
    }

    private String path(String relative) {
        return directory.resolve(relative).toString();
    }
}
