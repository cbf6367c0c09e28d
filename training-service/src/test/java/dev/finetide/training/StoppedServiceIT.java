package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stops the packaged service as a person or a cluster does, under calls that are open.
class StoppedServiceIT {
    private static final String SCHEMA = "training_stopped";
    private static final int WATCHES = 20;
    private static final int CALLERS = 8;

    @TempDir
    Path directory;

    private final TrainingParts parts = new TrainingParts();
    private ServiceProcess service;
    private ManagedChannel channel;

    @BeforeEach
    void open() throws IOException {
        Map<String, String> settings = new HashMap<>();
        parts.start()
                .forEach((key, value) -> settings.put(
                        key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'), value));
        for (String incoming : new String[] {"WORKER", "EVALUATION", "MODEL"}) {
            settings.put("MP_MESSAGING_INCOMING_" + incoming + "_GROUP_ID", "stopped-" + incoming);
        }
        service = new ServiceProcess(SCHEMA, directory, settings);
        service.start();
        channel = service.channel();
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
        service.close();
        parts.stop();
    }

    @Test
    void everyOpenCallIsUnavailableAndWatchesGoOnAfterTheRestart() throws Exception {
        // Given
        String run = stub().createTrainingRun(Stage.request(Stage.config()
                                .setMaxSteps(600)
                                .setWarmupSteps(0)
                                .build())
                        .build())
                .getName();
        AtomicLong last = new AtomicLong();
        AtomicInteger watching = new AtomicInteger();
        List<CompletableFuture<Status>> calls = new ArrayList<>();
        for (int watch = 0; watch < WATCHES; watch++) {
            calls.add(inBackground(() -> watch(run, watching, last)));
        }
        for (int caller = 0; caller < CALLERS; caller++) {
            calls.add(inBackground(() -> callOnAndOn(run)));
        }
        await().until(() -> watching.get() == WATCHES);
        // When
        try (Connection other = lockRuns()) {
            CompletableFuture<Status> waitsForTheDatabase =
                    inBackground(() -> stub().listTrainingRuns(ListTrainingRunsRequest.newBuilder()
                            .setParent("projects/default")
                            .build()));
            await().until(() -> waiting(other) > 0);
            calls.add(waitsForTheDatabase);
            service.stop();
        }
        // Then
        for (CompletableFuture<Status> call : calls) {
            Status end = call.get();
            assertThat(end.getCode()).as(end.toString()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        assertThat(calls.subList(0, WATCHES))
                .extracting(watch -> watch.join().getDescription())
                .as("watches are told why they end")
                .containsOnly("the service is stopping");
        assertThat(Files.readString(service.log())).doesNotContain("request failed", "internal error");
        // When
        service.start();
        // Then
        List<TrainingRunUpdate> rest = new ArrayList<>();
        stub().withWaitForReady().watchTrainingRun(watched(run, last.get())).forEachRemaining(rest::add);
        assertThat(rest.getFirst().getSequence()).isEqualTo(last.get() + 1);
        assertThat(rest.getLast().getTrainingRun().getState()).isEqualTo(State.SUCCEEDED);
    }

    private TrainingRunServiceBlockingStub stub() {
        return TrainingRunServiceGrpc.newBlockingStub(channel);
    }

    private static WatchTrainingRunRequest watched(String run, long after) {
        return WatchTrainingRunRequest.newBuilder()
                .setName(run)
                .setAfterSequence(after)
                .build();
    }

    private void watch(String run, AtomicInteger watching, AtomicLong last) {
        Iterator<TrainingRunUpdate> updates = stub().watchTrainingRun(watched(run, 0));
        long seen = updates.next().getSequence();
        watching.incrementAndGet();
        while (updates.hasNext()) {
            seen = updates.next().getSequence();
            last.accumulateAndGet(seen, Math::max);
        }
    }

    private void callOnAndOn(String run) {
        GetTrainingRunRequest request =
                GetTrainingRunRequest.newBuilder().setName(run).build();
        while (true) {
            stub().getTrainingRun(request);
        }
    }

    /// Returns the status with which a call ends.
    private static CompletableFuture<Status> inBackground(Runnable call) {
        CompletableFuture<Status> end = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                call.run();
                end.complete(Status.OK);
            } catch (StatusRuntimeException failure) {
                end.complete(failure.getStatus());
            } catch (RuntimeException | Error failure) {
                end.completeExceptionally(failure);
            }
        });
        return end;
    }

    /// Locks the table of runs, so that every reader waits until the connection is closed.
    private static Connection lockRuns() throws SQLException {
        Connection connection = DriverManager.getConnection(Infrastructure.get().jdbcUrl(SCHEMA) + "&user=postgres");
        connection.setAutoCommit(false);
        connection.createStatement().execute("lock table runs in access exclusive mode");
        return connection;
    }

    /// Returns the number of connections that wait for a lock.
    private static long waiting(Connection connection) throws SQLException {
        try (var found = connection.createStatement().executeQuery("select count(*) from pg_locks where not granted")) {
            found.next();
            return found.getLong(1);
        }
    }
}
