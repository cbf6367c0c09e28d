package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.model.v1.Base;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Tests that every [BaseStore] passes.
abstract class BaseStoreContract {
    /// Returns an empty store.
    abstract BaseStore store();

    private static Base base(String name, String digest) {
        return Base.newBuilder().setName(name).setDigest(digest).build();
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
}
