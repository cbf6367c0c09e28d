package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.metric.MetricsProbe;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Tests many clients that watch while nothing happens. Shares the service of [TrainingServiceIT].
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "training"))
@QuarkusTestResource(TrainingParts.class)
class IdleWatchesIT extends RunsOfTheService {
    @TestHTTPResource("/q/metrics")
    URL metrics;

    private static TrainingConfig.Builder config() {
        return Stage.config().setMaxSteps(100_000).setWarmupSteps(0);
    }

    /// 2,000 idle watches cost no query, no connection and no platform thread.
    @Test
    void twoThousandIdleWatchesLeaveTheServiceFree() throws InterruptedException {
        String busy = create(config()).getName();
        await().until(() -> attempts(busy) > 0);
        List<String> watched = IntStream.range(0, 50)
                .mapToObj(_ -> create(config().setPriority(-1000)).getName())
                .toList();
        double without = connectionsTaken(Duration.ofSeconds(3));
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
            await().untilAsserted(() -> assertThat(connectionsTaken(Duration.ofSeconds(3)))
                    .as("connections that the whole service takes, and those without watches")
                    .isLessThan(2 * without + 30));
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

    /// Counts how often the service takes a connection from the pool within a time: ticks, relays and clients.
    private double connectionsTaken(Duration within) throws InterruptedException {
        MetricsProbe probe = new MetricsProbe(metrics);
        double before = probe.value("agroal_acquire_count_total").orElseThrow();
        TimeUnit.MILLISECONDS.sleep(within.toMillis()); // the time that is measured
        return probe.value("agroal_acquire_count_total").orElseThrow() - before;
    }
}
