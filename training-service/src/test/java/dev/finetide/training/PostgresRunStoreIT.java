package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.store.TestSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PostgresRunStoreIT extends RunStoreContract {
    private static final int ALLOWED = 20;

    @Override
    RunStore store() {
        return new PostgresRunStore(TestSchema.fresh(), update -> {});
    }

    @Test
    void requestsAtOnceDoNotPassTheLimitTogether() throws Exception {
        RunStore store = store();
        Limits limits = TestLimits.of(Limit.QUEUED_RUNS, ALLOWED);
        try (ExecutorService clients = Executors.newFixedThreadPool(10)) {
            List<Future<Boolean>> requests = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                Run run = aRun("run-" + i, 0, Instant.EPOCH);
                requests.add(clients.submit(() -> inserted(store, limits, run)));
            }
            int inserted = 0;
            for (Future<Boolean> request : requests) {
                inserted += request.get() ? 1 : 0;
            }
            assertThat(inserted).isEqualTo(ALLOWED);
        }
        assertThat(store.countWaiting("p")).isEqualTo(ALLOWED);
    }

    private static boolean inserted(RunStore store, Limits limits, Run run) {
        try {
            return store.transact(() -> {
                limits.checkOneMore(Limit.QUEUED_RUNS, "p", store.countWaiting("p"), "runs that wait");
                store.insert(run);
                return true;
            });
        } catch (ApiException refused) {
            return false;
        }
    }
}
