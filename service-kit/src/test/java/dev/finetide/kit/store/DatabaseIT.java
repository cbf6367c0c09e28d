package dev.finetide.kit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatabaseIT {
    private final Database database = TestSchema.fresh();
    private final List<String> told = new ArrayList<>();

    @Test
    void whatWaitsForTheCommitIsDoneAfterItAndInOrder() {
        database.transact(() -> {
            database.afterCommit(() -> told.add("first"));
            database.transact(() -> {
                database.afterCommit(() -> told.add("inner"));
                return null;
            });
            assertThat(told).isEmpty();
            return null;
        });
        assertThat(told).containsExactly("first", "inner");
    }

    @Test
    void whatWaitsForACommitThatDoesNotComeIsNotDone() {
        assertThatThrownBy(() -> database.transact(() -> {
                    database.afterCommit(() -> told.add("never"));
                    throw new IllegalStateException("rolled back");
                }))
                .hasMessage("rolled back");
        assertThat(told).isEmpty();
    }

    @Test
    void withoutATransactionItIsDoneAtOnce() {
        database.afterCommit(() -> told.add("now"));
        assertThat(told).containsExactly("now");
    }
}
