package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import io.grpc.Context;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Tests that every [DatasetStore] passes.
abstract class DatasetStoreContract {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Page FIRST = new Page(2, Optional.empty());

    /// Returns an empty store.
    abstract DatasetStore store();

    @Test
    void versionsAreNumberedListedAndFound() {
        DatasetStore store = store();
        for (int number = 1; number <= 3; number++) {
            add(store, "projects/p/datasets/d", number);
        }

        assertThat(store.lock("projects/p/datasets/d", NOW)).isEqualTo(3);
        assertThat(store.version("projects/p/datasets/d", 2)).contains(version("projects/p/datasets/d", 2));
        assertThat(store.version("projects/p/datasets/d", 4)).isEmpty();
        assertThat(store.latest("projects/p/datasets/d")).contains(version("projects/p/datasets/d", 3));
        assertThat(store.withDigest("projects/p/datasets/d", "digest1")).contains(version("projects/p/datasets/d", 1));
        assertThat(store.withDigest("projects/p/datasets/other", "digest1")).isEmpty();
        assertThat(store.versions("projects/p/datasets/d", FIRST)).hasSize(3);
        assertThat(store.versions("projects/p/datasets/d", new Page(2, Optional.of("2"))))
                .containsExactly(version("projects/p/datasets/d", 1));
    }

    @Test
    void datasetsAreListedByNameOnceTheyHaveAVersion() {
        DatasetStore store = store();
        add(store, "projects/p/datasets/b", 1);
        add(store, "projects/p/datasets/a", 1);
        add(store, "projects/p2/datasets/c", 1);
        store.lock("projects/p/datasets/empty", NOW);

        assertThat(store.datasets("projects/p", FIRST))
                .extracting(Dataset::getName)
                .containsExactly("projects/p/datasets/a", "projects/p/datasets/b");
        assertThat(store.datasets("projects/p", new Page(2, Optional.of("projects/p/datasets/a"))))
                .singleElement()
                .satisfies(dataset -> {
                    assertThat(dataset.getLatestVersion()).isEqualTo(1);
                    assertThat(dataset.getCreateTime().getSeconds()).isEqualTo(NOW.getEpochSecond());
                });
    }

    @Test
    void aFailedTransactionLeavesNothing() {
        DatasetStore store = store();
        store.uploadStarted("datasets/p/d/1/", NOW);

        assertThatThrownBy(() -> store.transact(() -> {
                    store.uploadEnded("datasets/p/d/1/");
                    add(store, "projects/p/datasets/d", 1);
                    store.answer("id", new Answered("body", "version"));
                    throw new IllegalStateException("in the middle");
                }))
                .hasMessage("in the middle");

        assertThat(store.latest("projects/p/datasets/d")).isEmpty();
        assertThat(store.answer("id", new Answered("other", "version"))).isEmpty();
        assertThat(store.uploadEnded("datasets/p/d/1/")).isTrue();
    }

    @Test
    void theFirstAnswerToARequestIdStays() {
        DatasetStore store = store();
        Answered first = new Answered("body", "version");

        assertThat(store.answer("id", first)).isEmpty();
        assertThat(store.answer("id", new Answered("other", "other"))).contains(first);
    }

    @Test
    void aRequestIdBelongsToItsCaller() throws Exception {
        DatasetStore store = store();
        Context mallory = new Identity("mallory", "tokens-file", Identity.Kind.USER, Map.of()).in(Context.ROOT);
        store.answer("id", new Answered("body", "projects/secret/datasets/d/versions/1"));
        Answered own = new Answered("body", "projects/own/datasets/d/versions/1");

        assertThat(mallory.call(() -> store.answered("id"))).isEmpty();
        assertThat(mallory.call(() -> store.answer("id", own))).isEmpty();
        assertThat(mallory.call(() -> store.answered("id"))).contains(own);
    }

    @Test
    void anUploadIsAbandonedWhenNobodyWorksOnIt() {
        DatasetStore store = store();
        store.uploadStarted("datasets/p/d/1/", NOW);
        store.uploadStarted("datasets/p/d/2/", NOW);
        store.uploadAlive("datasets/p/d/2/", NOW.plusSeconds(10));
        store.uploadAlive("datasets/p/d/3/", NOW);

        assertThat(store.abandonedUploads(NOW.plusSeconds(5))).containsExactly("datasets/p/d/1/");
        assertThat(store.uploadEnded("datasets/p/d/1/")).isTrue();
        assertThat(store.uploadEnded("datasets/p/d/1/")).isFalse();
        assertThat(store.uploadEnded("datasets/p/d/3/")).isFalse();
    }

    private static void add(DatasetStore store, String dataset, int number) {
        store.lock(dataset, NOW);
        store.add(dataset, number, version(dataset, number), NOW);
    }

    private static DatasetVersion version(String dataset, int number) {
        return DatasetVersion.newBuilder()
                .setName(dataset + "/versions/" + number)
                .setDigest("digest" + number)
                .build();
    }
}
