package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tests many clients that watch while nothing happens. Shares the service of [TrainingServiceIT].
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "training"))
@QuarkusTestResource(TrainingParts.class)
class IdleWatchesIT {
    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @Inject
    Database database;

    private ManagedChannel channel;

    @BeforeAll
    static void allowForABusyMachine() {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(2));
    }

    @BeforeEach
    void open() {
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
    }

    /// Leaves no run behind: other tests of this service count them.
    @AfterEach
    void close() {
        channel.shutdownNow();
        await().until(() -> database.with(
                        handle -> handle.createQuery("""
                        select count(*) from runs where state in ('QUEUED', 'HELD', 'STARTING', 'RUNNING', 'CANCELLING')""").mapTo(Long.class).one())
                == 0);
    }

    private TrainingRunServiceBlockingStub service() {
        return TrainingRunServiceGrpc.newBlockingStub(channel);
    }

    private static TrainingConfig.Builder config() {
        return Stage.config().setMaxSteps(100_000).setWarmupSteps(0);
    }

    private TrainingRun create(TrainingConfig.Builder config) {
        return service().createTrainingRun(Stage.request(config.build()).build());
    }

    private void cancel(String run) {
        service()
                .cancelTrainingRun(
                        CancelTrainingRunRequest.newBuilder().setName(run).build());
    }

    /// 2,000 idle watches cost no query, no connection and no platform thread.
    @Test
    void twoThousandIdleWatchesLeaveTheServiceFree() {
        String busy = create(config()).getName();
        await().until(() -> attempts(busy) > 0);
        List<String> watched = IntStream.range(0, 50)
                .mapToObj(_ -> create(config().setPriority(-1000)).getName())
                .toList();
        int threads = Thread.getAllStackTraces().size();
        AtomicInteger updates = new AtomicInteger();
        List<String> failures = new CopyOnWriteArrayList<>();
        Context.CancellableContext watching = Context.current().withCancellation();
        try {
            watching.run(() -> {
                for (int i = 0; i < 2_000; i++) {
                    TrainingRunServiceGrpc.newStub(channel)
                            .watchTrainingRun(
                                    WatchTrainingRunRequest.newBuilder()
                                            .setName(watched.get(i % watched.size()))
                                            .build(),
                                    new Counting(updates, failures));
                }
            });
            await().until(() -> updates.get() >= 2_000);
            long queries = quiet();
            await().during(Duration.ofSeconds(4)).until(() -> scansOfUpdates() == queries);
            assertThat(Thread.getAllStackTraces().size()).as("platform threads").isLessThan(threads + 40);
            List<Long> millis = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                long begin = System.nanoTime();
                ListTrainingRunsResponse page = service()
                        .listTrainingRuns(ListTrainingRunsRequest.newBuilder()
                                .setParent("projects/default")
                                .build());
                millis.add(Duration.ofNanos(System.nanoTime() - begin).toMillis());
                assertThat(page.getTrainingRunsCount()).isPositive();
            }
            Collections.sort(millis);
            System.out.printf(
                    "list of 50 runs beside 2,000 watches: median %d ms, 99 %% within %d ms, on %d processors%n",
                    millis.get(50), millis.get(98), Runtime.getRuntime().availableProcessors());
            int before = updates.get();
            cancel(watched.getLast());
            await().untilAsserted(
                            () -> assertThat(updates.get() - before).isGreaterThanOrEqualTo(2_000 / watched.size()));
            assertThat(failures).isEmpty();
        } finally {
            watching.cancel(null);
            watched.forEach(this::cancel);
            cancel(busy);
        }
    }

    private int attempts(String run) {
        return service()
                .getTrainingRun(GetTrainingRunRequest.newBuilder().setName(run).build())
                .getAttempt();
    }

    private record Counting(AtomicInteger updates, List<String> failures) implements StreamObserver<TrainingRunUpdate> {
        @Override
        public void onNext(TrainingRunUpdate update) {
            updates.incrementAndGet();
        }

        @Override
        public void onError(Throwable failure) {
            if (Status.fromThrowable(failure).getCode() != Status.Code.CANCELLED) {
                failures.add(failure.toString());
            }
        }

        @Override
        public void onCompleted() {}
    }

    /// Returns the number of scans once it does not change any more: the database counts them a second later.
    private long quiet() {
        long[] last = {-1};
        await().during(Duration.ofSeconds(2)).until(() -> {
            long now = scansOfUpdates();
            boolean same = now == last[0];
            last[0] = now;
            return same;
        });
        return last[0];
    }

    private long scansOfUpdates() {
        return database.with(handle -> handle.createQuery("""
                        select seq_scan + coalesce(idx_scan, 0) from pg_stat_user_tables
                        where relname = 'run_updates' and schemaname = current_schema()""").mapTo(Long.class).one());
    }
}
