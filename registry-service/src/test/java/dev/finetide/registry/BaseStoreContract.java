package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// Tests that every [BaseStore] passes.
abstract class BaseStoreContract {
    /// Returns an empty store.
    abstract BaseStore store();

    private static Base base(String name, String digest) {
        return Base.newBuilder().setName(name).setDigest(digest).build();
    }

    private static BlobFile file(String sha256, long size) {
        return BlobFile.newBuilder().setSha256(sha256).setSizeBytes(size).build();
    }

    @Test
    void eachFileOfAProjectCountsOnce() {
        BaseStore store = store();
        BlobFile weights = file("weights", 3_000_000_000L);
        assertThat(store.count("projects/p", List.of(file("a", 7), weights, file("a", 7))))
                .containsExactly(file("a", 7), weights);
        assertThat(store.count("projects/p", List.of(weights, file("b", 1)))).containsExactly(file("b", 1));
        assertThat(store.count("projects/pq", List.of(weights))).containsExactly(weights);
        assertThat(store.count("projects/p", List.of())).isEmpty();
        assertThat(store.bytes("projects/p")).isEqualTo(3_000_000_008L);
        assertThat(store.bytes("projects/none")).isZero();

        store.add(Base.newBuilder()
                .setName("projects/p/bases/one")
                .addFiles(file("a", 7))
                .build());
        store.uncount("projects/p", List.of(file("a", 7), weights, file("b", 2)));
        assertThat(store.bytes("projects/p"))
                .as("a base names a, and b has 1 byte")
                .isEqualTo(8);
        assertThat(store.bytes("projects/pq")).isEqualTo(3_000_000_000L);
        store.disown("weights");
        assertThat(store.bytes("projects/pq")).isZero();
    }

    @Test
    void whatARefusalHasCountedDoesNotCount() {
        BaseStore store = store();
        assertThatThrownBy(() -> store.transact(() -> {
                    store.lockBytes("projects/p");
                    store.count("projects/p", List.of(file("a", 7)));
                    throw new IllegalStateException("too much");
                }))
                .hasMessage("too much");
        assertThat(store.bytes("projects/p")).isZero();
    }

    @Test
    void anUploadThatNeverEndedCountsUntilItsTimeIsOver() {
        BaseStore store = store();
        store.hold(List.of("sent", "dead"), Duration.ofHours(-1));
        store.hold(List.of("alive"), Duration.ofHours(1));
        store.count("projects/p", List.of(file("sent", 1), file("dead", 10), file("alive", 100)));
        store.own("projects/p", "sent");
        store.own("projects/q", "dead");

        store.forgetHeld();

        assertThat(store.bytes("projects/p")).isEqualTo(101);
    }

    @Test
    void aNameIsGivenOnce() {
        BaseStore store = store();

        assertThat(store.add(base("projects/p/bases/b", "1"))).isTrue();
        assertThat(store.add(base("projects/p/bases/b", "2"))).isFalse();
        assertThat(store.find("projects/p/bases/b")).contains(base("projects/p/bases/b", "1"));
        assertThat(store.find("projects/p/bases/c")).isEmpty();
    }

    @Test
    void basesAreListedByNameInPages() {
        BaseStore store = store();
        store.add(base("projects/p/bases/b", "1"));
        store.add(base("projects/p/bases/a", "1"));
        store.add(base("projects/p2/bases/c", "1"));

        assertThat(store.list("projects/p", new Page(1, Optional.empty())))
                .extracting(Base::getName)
                .containsExactly("projects/p/bases/a", "projects/p/bases/b");
        assertThat(store.list("projects/p", new Page(1, Optional.of("projects/p/bases/a"))))
                .extracting(Base::getName)
                .containsExactly("projects/p/bases/b");
    }

    @Test
    void aFailedTransactionLeavesNothing() {
        BaseStore store = store();

        assertThatThrownBy(() -> store.transact(() -> {
                    store.add(base("projects/p/bases/b", "1"));
                    store.answer("id", new Answered("body", "projects/p/bases/b"));
                    throw new IllegalStateException("in the middle");
                }))
                .hasMessage("in the middle");

        assertThat(store.find("projects/p/bases/b")).isEmpty();
        assertThat(store.answer("id", new Answered("other", "projects/p/bases/c")))
                .isEmpty();
    }

    @Test
    void theFirstAnswerToARequestStays() {
        BaseStore store = store();
        Answered first = new Answered("body", "projects/p/bases/b");

        assertThat(store.answer("id", first)).isEmpty();
        assertThat(store.answer("id", new Answered("other", "projects/p/bases/c")))
                .contains(first);
    }

    @Test
    void aTombstoneIsReplacedByANewBaseOnly() {
        BaseStore store = store();
        Base base = base("projects/p/bases/b", "1");
        store.add(base);
        Base tombstone =
                base.toBuilder().setDeleteTime(Timestamps.fromSeconds(1)).build();

        store.bury(tombstone);

        assertThat(store.lock(base.getName())).contains(tombstone);
        assertThat(store.list("projects/p", new Page(10, Optional.empty()))).isEmpty();
        assertThat(store.add(base("projects/p/bases/b", "2"))).isTrue();
        assertThat(store.add(base("projects/p/bases/b", "3"))).isFalse();
        assertThat(store.find(base.getName())).contains(base("projects/p/bases/b", "2"));
    }

    @Test
    void usersOfABaseAreThoseThatHaveNotEnded() {
        BaseStore store = store();
        store.used("run 2", "b");
        store.used("run 1", "b");
        store.used("run 1", "b");
        store.used("run 3", "c");

        assertThat(store.users("b", 5)).containsExactly("run 1", "run 2");
        assertThat(store.users("b", 1)).containsExactly("run 1");
        store.unused("run 1");
        store.unused("run 9");
        assertThat(store.users("b", 5)).containsExactly("run 2");
    }

    private static Base withFiles(String name, String... digests) {
        Base.Builder base = base(name, name).toBuilder();
        for (String digest : digests) {
            base.addFilesBuilder().setSha256(digest);
        }
        return base.build();
    }

    @Test
    void filesAreNamedByBasesThatAreThereOrJustDeletedOrNeeded() {
        BaseStore store = store();
        Base there = withFiles("there", "1", "2");
        Base deleted = withFiles("deleted", "2", "3");
        Base needed = withFiles("needed", "4");
        for (Base base : List.of(there, deleted, needed)) {
            store.add(base);
        }
        store.used("run", needed.getName());
        for (Base base : List.of(deleted, needed)) {
            store.bury(base.toBuilder()
                    .setDeleteTime(Timestamps.fromMillis(System.currentTimeMillis()))
                    .build());
        }

        assertThat(store.named(Duration.ofHours(1))).containsExactlyInAnyOrder("1", "2", "3", "4");
        assertThat(store.named(Duration.ofHours(-1))).containsExactlyInAnyOrder("1", "2", "4");
        store.unused("run");
        assertThat(store.named(Duration.ofHours(-1))).containsExactlyInAnyOrder("1", "2");
    }

    @Test
    void aFileBelongsToTheProjectsThatHaveSentIt() {
        BaseStore store = store();
        store.own("projects/p", "a");
        store.own("projects/p", "a");
        store.own("projects/p", "b");
        store.own("projects/q", "b");

        assertThat(store.owned("projects/p", List.of("a", "b", "b", "c"))).containsExactlyInAnyOrder("a", "b");
        assertThat(store.owned("projects/q", List.of("a", "b"))).containsExactly("b");
        assertThat(store.owned("projects/p", List.of())).isEmpty();
        assertThat(store.owned("projects/r", List.of("a"))).isEmpty();
        store.disown("b");
        assertThat(store.owned("projects/p", List.of("a", "b"))).containsExactly("a");
        assertThat(store.owned("projects/q", List.of("b"))).isEmpty();
    }

    @Test
    void aHeldFileIsNotDeletedUntilItsTimeIsOver() {
        BaseStore store = store();
        store.hold(List.of("b", "a", "b"), Duration.ofHours(1));
        store.hold(List.of("a"), Duration.ofHours(-1));
        store.hold(List.of("c"), Duration.ofHours(-1));
        store.hold(List.of(), Duration.ofHours(1));

        for (int i = 0; i < 2; i++) {
            assertThat(store.<Boolean>transact(() -> store.lockUnheld("a"))).isFalse();
            assertThat(store.<Boolean>transact(() -> store.lockUnheld("b"))).isFalse();
            assertThat(store.<Boolean>transact(() -> store.lockUnheld("c"))).isTrue();
            assertThat(store.<Boolean>transact(() -> store.lockUnheld("never held")))
                    .isTrue();
            store.forgetHeld();
        }
    }

    @Test
    void whoeverHoldsAFileWaitsForItsDeletionThatHasBegun() throws Exception {
        BaseStore store = store();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean deleted = new AtomicBoolean();
        FutureTask<Boolean> deletion = new FutureTask<>(() -> store.transact(() -> {
            boolean free = store.lockUnheld("a");
            begun.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            deleted.set(free);
            return free;
        }));
        FutureTask<Boolean> client = new FutureTask<>(() -> {
            store.hold(List.of("a"), Duration.ofHours(1));
            return deleted.get();
        });
        Thread.ofVirtual().start(deletion);
        begun.await();
        Thread.ofVirtual().start(client);
        go.countDown();

        assertThat(deletion.get()).isTrue();
        assertThat(client.get()).as("what the client sees afterwards").isTrue();
        assertThat(store.<Boolean>transact(() -> store.lockUnheld("a"))).isFalse();
    }
}
