package dev.finetide.dataset.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.dataset.InMemoryFileUploadStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StagingTest {
    private static final String PROJECT = "projects/default";
    private static final String ID = "0b6a4a3e-9a53-4e3b-8c63-25cbd2b7d4d5";

    private final InMemoryBlobStore blobs = new InMemoryBlobStore();
    private final ManualClock clock = new ManualClock();
    private final AtomicLong room = new AtomicLong(Long.MAX_VALUE);
    private final Staging staging = new Staging(new InMemoryFileUploadStore(), blobs, this::takeRoom, clock);
    private final byte[] bytes = new byte[20_000_000];

    StagingTest() {
        new Random(1).nextBytes(bytes);
    }

    private FileUpload upload() {
        return upload(sha256(bytes));
    }

    private FileUpload upload(String sha256) {
        return new FileUpload(PROJECT, ID, bytes.length, sha256, List.of());
    }

    private static String sha256(byte[] bytes) {
        MessageDigest digest = Sha256.newDigest();
        digest.update(bytes);
        return Sha256.hex(digest);
    }

    private InputStream from(int offset) {
        return new ByteArrayInputStream(bytes, offset, bytes.length - offset);
    }

    /// Delivers some bytes and breaks.
    private InputStream broken(int offset, int end) {
        return new SequenceInputStream(new ByteArrayInputStream(bytes, offset, end - offset), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the client has gone");
            }
        });
    }

    @Test
    void aBrokenUploadGoesOnWhereItBroke() throws IOException {
        int offset = 0;
        for (int end : List.of(1, 5_000_000, 5_000_000 + (8 << 20), 19_999_999)) {
            int at = offset;
            assertThatThrownBy(() -> staging.receive(upload(), at, broken(at, end)))
                    .hasMessage("the client has gone");
            offset = (int) staging.find(PROJECT, ID).storedBytes();
            assertThat(offset).isEqualTo(end);
        }
        assertThat(staging.receive(upload(), offset, from(offset)).isComplete()).isTrue();
        try (InputStream in = staging.file(PROJECT, ID, "rows.jsonl").open()) {
            assertThat(Arrays.equals(in.readAllBytes(), bytes)).isTrue();
        }
    }

    private void takeRoom(String project, long more, Collection<String> besides) {
        if (more > room.get()) {
            throw ApiException.of(ErrorReason.QUOTA_EXCEEDED, project + " may store " + room.get());
        }
        room.addAndGet(-more);
    }

    @Test
    void anUploadBeyondTheProjectsRoomEndsAtTheFirstPartThatDoesNotFit() throws IOException {
        room.set(2 * (8 << 20));
        AtomicLong read = new AtomicLong();
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                read.incrementAndGet();
                return 'x';
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                read.addAndGet(length);
                return length;
            }
        };
        assertThatThrownBy(() -> staging.stage(PROJECT, "rows.jsonl", endless))
                .hasMessage("projects/default may store 0");
        assertThat(read).hasValue(3 * (8 << 20));
        assertThat(blobs.list(""))
                .as("nothing of a file that does not fit stays")
                .isEmpty();
    }

    @Test
    void anUploadThatSaysThatItIsTooLargeSendsNothing() {
        room.set(1_000);
        assertThatThrownBy(() -> staging.receive(upload(), 0, broken(0, 1)))
                .hasMessage("projects/default may store 1000");
        assertThat(staging.find(PROJECT, ID).storedBytes()).isZero();
    }

    @Test
    void anotherOffsetOrSizeIsRefused() throws IOException {
        assertThatThrownBy(() -> staging.receive(upload(), 0, broken(0, 1_000))).hasMessage("the client has gone");
        assertThatThrownBy(() -> staging.receive(upload(), 0, from(0)))
                .hasMessage("offset: is 0, but 1000 bytes are stored");
        assertThatThrownBy(() -> staging.receive(new FileUpload(PROJECT, ID, 7, "", List.of()), 1_000, from(1_000)))
                .hasMessageContaining("size_bytes: is 7, but was 20000000 before");
        assertThatThrownBy(() -> staging.file(PROJECT, ID, "rows.jsonl"))
                .hasMessage("files: rows.jsonl is not complete: 1000 of 20000000 bytes are stored");
        assertThatThrownBy(() -> staging.receive(
                        new FileUpload(PROJECT, "7", 10, "", List.of()), 0, new ByteArrayInputStream(new byte[11])))
                .hasMessageContaining("more bytes were sent");
    }

    @Test
    void aWrongDigestDeletesTheFile() {
        assertThatThrownBy(() -> staging.receive(upload("0".repeat(64)), 0, from(0)))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("the stored bytes have the SHA-256 " + sha256(bytes));
        assertThat(blobs.list("")).isEmpty();
        assertThatThrownBy(() -> staging.find(PROJECT, ID)).hasMessageContaining("does not exist");
    }

    @Test
    void aFileThatNobodyNamesIsDeletedAfterADay() throws IOException {
        staging.receive(upload(), 0, from(0));
        clock.advance(Duration.ofHours(23));
        staging.file(PROJECT, ID, "rows.jsonl");
        clock.advance(Duration.ofHours(23));
        staging.stage(PROJECT, "other", new ByteArrayInputStream(new byte[1]));
        assertThat(staging.find(PROJECT, ID).isComplete()).isTrue();
        clock.advance(Duration.ofHours(2));
        staging.stage(PROJECT, "another", new ByteArrayInputStream(new byte[1]));
        assertThatThrownBy(() -> staging.find(PROJECT, ID)).hasMessageContaining("does not exist");
        assertThat(blobs.list("")).hasSize(2);
    }
}
