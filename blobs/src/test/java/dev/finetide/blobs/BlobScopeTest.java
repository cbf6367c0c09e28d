package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlobScopeTest {
    private static final S3Location STORE = S3Location.parse(URI.create("s3://models/team"));
    private static final String RUN = "trainingRuns/p/r/";
    private static final String OWN = RUN + "attempts/3/";

    private static SessionPolicy policy(Set<String> keys) {
        return SessionPolicy.of(new BlobScope(keys, RUN, OWN).policy(STORE, "aws"));
    }

    private static boolean reads(SessionPolicy policy, String key) {
        return policy.allows(SessionPolicy.Call.of("GET", URI.create("http://s3/models/team/" + key), ""));
    }

    private static String content(int number) {
        String sha256 = "%064x".formatted(number + 1_000_000);
        return BlobKeys.contentKey(new StringBuilder(sha256).reverse().toString());
    }

    @Test
    void filesOfTheSpecificationAreReadAndNoOthers() {
        SessionPolicy policy = policy(Set.of("datasets/p/d/1/train-0", content(1)));

        assertThat(reads(policy, "datasets/p/d/1/train-9")).isTrue();
        assertThat(reads(policy, content(1))).isTrue();
        assertThat(reads(policy, OWN + "x")).isTrue();
        assertThat(reads(policy, content(2))).isFalse();
        assertThat(reads(policy, "datasets/p/other/1/train-0")).isFalse();
        assertThat(policy.allows(SessionPolicy.Call.of("GET", URI.create("http://s3/others/team/" + OWN + "x"), "")))
                .isFalse();
    }

    @Test
    void aPolicyThatWouldBeTooLargeNamesTheProjectsFolders() {
        Set<String> keys = IntStream.range(0, 1000)
                .mapToObj(i -> i % 2 == 0 ? content(i) : "datasets/p/d" + i + "/v/train-0")
                .collect(Collectors.toSet());
        String text = new BlobScope(keys, RUN, OWN).policy(STORE, "aws-cn");
        SessionPolicy policy = policy(keys);

        assertThat(text).hasSizeLessThan(2048).contains("arn:aws-cn:s3:::models/team/datasets/p/*");
        assertThat(reads(policy, "datasets/p/d1/v/train-0")).isTrue();
        assertThat(reads(policy, content(4))).isTrue();
        assertThat(reads(policy, "datasets/q/d1/v/train-0")).isFalse();
        assertThat(reads(policy, "trainingRuns/p/other/x")).isFalse();
    }

    @Test
    void aFolderOfItsOwnIsBelowTheOneThatItReads() {
        assertThatIllegalArgumentException().isThrownBy(() -> new BlobScope(Set.of(), RUN, "trainingRuns/p/s/"));
        assertThatIllegalArgumentException().isThrownBy(() -> new BlobScope(Set.of("*"), RUN, OWN));
        assertThatIllegalArgumentException().isThrownBy(() -> new BlobScope(Set.of(), "trainingRuns/*/", OWN));
    }
}
