package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3LocationTest {
    @Test
    void everythingButTheBucketMayBeAbsent() {
        assertThat(S3Location.parse(URI.create("s3://models")))
                .isEqualTo(new S3Location("models", "", Optional.empty(), Optional.empty(), false));
        assertThat(S3Location.parse(URI.create("s3://models/team/a/")).prefix()).isEqualTo("team/a/");
    }

    @Test
    void parametersNameTheServer() {
        S3Location location = S3Location.parse(
                URI.create("s3://models/a?endpoint=http://minio:9000&region=eu-west-1&path-style=true"));

        assertThat(location)
                .isEqualTo(new S3Location(
                        "models", "a/", Optional.of(URI.create("http://minio:9000")), Optional.of("eu-west-1"), true));
        assertThat(location.name("k")).isEqualTo("s3://models/a/k");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3:/models",
                "s3://M",
                "s3://user:secret@models/",
                "s3://models/../x",
                "s3://models/a?acl=public",
                "s3://models/a?path-style=yes",
                "s3://models/a?endpoint=minio:9000",
                "s3://models/a?endpoint=http://me:secret@minio:9000",
                "s3://models/a?region",
                "s3://models/a#b"
            })
    void whatIsNotUnderstoodIsRefused(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Location.parse(URI.create(uri)))
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("secret"));
    }
}
