package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.name.Page;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Tests that every [ModelStore] passes.
abstract class ModelStoreContract {
    private static final String M = "projects/p/models/m";
    private static final String OTHER = "projects/p/models/m2";

    /// Returns an empty store.
    abstract ModelStore store();

    private static ModelVersion version(String model, int number, State state) {
        return ModelVersion.newBuilder()
                .setName(model + "/versions/" + number)
                .setTrainingRun("run of " + model + " " + number)
                .setState(state)
                .build();
    }

    private static void add(ModelStore store, ModelVersion version) {
        String[] parts = version.getName().split("/versions/");
        store.transact(() -> {
            store.lock(parts[0]);
            store.add(parts[0], Integer.parseInt(parts[1]), version);
            return null;
        });
    }

    @Test
    void versionsAreFoundByNumberStateAndRun() {
        ModelStore store = store();
        add(store, version(M, 1, State.APPROVED));
        add(store, version(M, 2, State.REJECTED));

        assertThat(store.lock(M)).isEqualTo(2);
        assertThat(store.find(M, 1)).contains(version(M, 1, State.APPROVED));
        assertThat(store.find(M, 3)).isEmpty();
        assertThat(store.latest(M)).contains(version(M, 2, State.REJECTED));
        assertThat(store.latestApproved(M)).contains(version(M, 1, State.APPROVED));
        assertThat(store.latestApproved(OTHER)).isEmpty();
        assertThat(store.lockOfRun("run of " + M + " 2")).contains(version(M, 2, State.REJECTED));
        assertThat(store.lockOfRun("unknown")).isEmpty();
    }

    @Test
    void anUpdateReplacesTheVersion() {
        ModelStore store = store();
        add(store, version(M, 1, State.APPROVED));

        store.update(version(M, 1, State.REVOKED));

        assertThat(store.lock(M, 1)).contains(version(M, 1, State.REVOKED));
        assertThat(store.latestApproved(M)).isEmpty();
    }

    @Test
    void aRunHasOneVersion() {
        ModelStore store = store();
        add(store, version(M, 1, State.REGISTERED));

        assertThatThrownBy(() -> store.transact(() -> {
                    store.lock(OTHER);
                    store.add(OTHER, 1, version(M, 1, State.REGISTERED));
                    return null;
                }))
                .isInstanceOf(RuntimeException.class);
        assertThat(store.latest(OTHER)).isEmpty();
    }

    @Test
    void listsAreNewestFirstInPages() {
        ModelStore store = store();
        add(store, version(M, 1, State.REGISTERED));
        add(store, version(OTHER, 1, State.REGISTERED));
        add(store, version(M, 2, State.REGISTERED));
        add(store, version("projects/p3/models/m", 1, State.REGISTERED));

        List<ModelStore.Listed> all = store.list("projects/p/models/", "", new Page(2, Optional.empty()));
        assertThat(all)
                .extracting(listed -> listed.version().getName())
                .containsExactly(M + "/versions/2", OTHER + "/versions/1", M + "/versions/1");
        assertThat(store.list(
                        "projects/p/models/",
                        "",
                        new Page(2, Optional.of(Long.toString(all.get(1).position())))))
                .extracting(listed -> listed.version().getName())
                .containsExactly(M + "/versions/1");
        assertThat(store.list(M, "", new Page(10, Optional.empty()))).hasSize(2);
        assertThat(store.list(M, "run of " + M + " 1", new Page(10, Optional.empty())))
                .singleElement()
                .satisfies(listed -> assertThat(listed.version().getName()).isEqualTo(M + "/versions/1"));
    }

    @Test
    void deletedVersionsAreFoundByNumberOnly() {
        ModelStore store = store();
        add(store, version(M, 1, State.REJECTED));
        add(store, version(M, 2, State.REGISTERED));

        store.update(version(M, 2, State.DELETED));

        assertThat(store.latest(M)).contains(version(M, 1, State.REJECTED));
        assertThat(store.find(M, 2)).contains(version(M, 2, State.DELETED));
        assertThat(store.list(M, "", new Page(10, Optional.empty()))).hasSize(1);
        assertThat(store.lock(M)).isEqualTo(2);
    }

    @Test
    void versionsThatCanStillBeServedNeedTheirBase() {
        ModelStore store = store();
        for (State state : List.of(State.REGISTERED, State.REVOKED, State.REJECTED, State.DELETED)) {
            add(
                    store,
                    version(M, state.getNumber(), state).toBuilder()
                            .setBase("projects/p/bases/b")
                            .build());
        }

        assertThat(store.needing("projects/p/bases/b"))
                .extracting(ModelVersion::getState)
                .containsExactly(State.REGISTERED, State.REVOKED);
        assertThat(store.needing("projects/p/bases/c")).isEmpty();
    }
}
