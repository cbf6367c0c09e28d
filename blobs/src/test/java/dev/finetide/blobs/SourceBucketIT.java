package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.SourceBucket.SourceObject;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reads files of a user's bucket on a real S3 server.
class SourceBucketIT {
    @TempDir
    private Path objects;

    @Test
    void objectsAreListedReadAndRefusedOnceTheyChange() throws Exception {
        System.setProperty("aws.accessKeyId", S3Server.ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", S3Server.SECRET_KEY);
        byte[] content = new byte[3_000_000];
        new Random(3).nextBytes(content);
        try (S3Server server = S3Server.start(objects);
                SourceBucket bucket = SourceBucket.open(server.uri(S3Server.BUCKET))) {
            BlobStore writer = BlobStores.open(server.uri(S3Server.BUCKET + "/data"));
            writer.put("train/a.jsonl", new ByteArrayInputStream(content));
            writer.put("train/b.jsonl", new ByteArrayInputStream(new byte[] {1, 2}));

            assertThat(bucket.list("data/train/"))
                    .extracting(SourceObject::key)
                    .containsExactly("data/train/a.jsonl", "data/train/b.jsonl");
            assertThat(bucket.find("data/none")).isEmpty();
            SourceObject object = bucket.find("data/train/a.jsonl").orElseThrow();
            assertThat(object.size()).isEqualTo(content.length);
            try (InputStream in = bucket.read(object)) {
                assertThat(Arrays.equals(in.readAllBytes(), content)).isTrue();
            }

            InputStream again = bucket.read(object);
            writer.delete("train/");
            writer.put("train/a.jsonl", new ByteArrayInputStream(new byte[content.length]));
            assertThatThrownBy(again::readAllBytes)
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining("data/train/a.jsonl changed while it was read");
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }
}
