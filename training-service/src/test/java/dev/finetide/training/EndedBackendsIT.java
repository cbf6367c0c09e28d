package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/// Tests a database that ends connections at any moment. Shares the service of [TrainingServiceIT].
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "training"))
@QuarkusTestResource(TrainingParts.class)
class EndedBackendsIT extends RunsOfTheService {
    private static TrainingConfig.Builder config() {
        return Stage.config().setMaxSteps(1).setWarmupSteps(0);
    }

    /// Drill 19: the database ends connections at random while clients create runs, each repeated with its id.
    @Test
    void endedBackendsDoubleNoRun() throws Exception {
        long seed = Long.getLong("finetide.seed", System.nanoTime());
        System.out.println("EndedBackendsIT drill 19: finetide.seed=" + seed);
        Random random = new Random(seed);
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger ended = new AtomicInteger();
        Thread chaos = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                ended.addAndGet(endBackends(random.nextInt(2, 5)));
                pause(random.nextInt(20, 150));
            }
        });
        Map<String, String> runs = new ConcurrentHashMap<>();
        try {
            List<Thread> clients = IntStream.range(0, 4)
                    .mapToObj(client -> Thread.ofVirtual().start(() -> {
                        for (int i = 0; i < 15; i++) {
                            String id = UUID.nameUUIDFromBytes(
                                            (seed + "-" + client + "-" + i).getBytes(StandardCharsets.UTF_8))
                                    .toString();
                            runs.put(id, untilCreated(id));
                            pause(30);
                        }
                    }))
                    .toList();
            for (Thread client : clients) {
                client.join();
            }
        } finally {
            over.set(true);
            chaos.join();
        }
        System.out.println("backends ended: " + ended);
        assertThat(ended.get()).isGreaterThan(5);
        assertThat(runs).hasSize(60);
        assertThat(runs.values()).doesNotHaveDuplicates();
        runs.values()
                .forEach(run -> untilAnswered(() -> {
                    cancel(run);
                    return run;
                }));
        assertThat(answers(runs.keySet())).isEqualTo(60);
        Map<String, Set<String>> events = new HashMap<>();
        new TopicProbe(kafka(), Topics.TRAINING).readUntil(record -> {
            if (runs.containsValue(record.key()) && isRequested(record)) {
                events.computeIfAbsent(record.key(), _ -> new HashSet<>()).add(TopicProbe.header(record, "ce_id"));
            }
            return events.size() == 60;
        });
        assertThat(events.values()).allMatch(ids -> ids.size() == 1);
    }

    private long answers(Set<String> requests) {
        return database.with(
                handle -> handle.createQuery("select count(*) from request_ids where request_id = any(:ids)")
                        .bindArray("ids", String.class, requests)
                        .mapTo(Long.class)
                        .one());
    }

    private static boolean isRequested(ConsumerRecord<String, byte[]> record) {
        return TopicProbe.header(record, "ce_type").endsWith("TrainingRunRequested");
    }

    private String untilCreated(String id) {
        CreateTrainingRunRequest request =
                Stage.request(config().build()).setRequestId(id).build();
        return untilAnswered(() -> service().createTrainingRun(request).getName());
    }

    private static String untilAnswered(Supplier<String> call) {
        while (true) {
            try {
                return call.get();
            } catch (StatusRuntimeException away) {
                assertThat(away.getStatus().getCode()).as("%s", away).isEqualTo(Status.Code.UNAVAILABLE);
            }
        }
    }

    private int endBackends(int most) {
        try {
            return database.with(handle -> handle.createQuery("""
                            select count(pg_terminate_backend(pid)) from (
                                select pid from pg_stat_activity
                                where pid <> pg_backend_pid() and datname = current_database()
                                    and application_name = 'PostgreSQL JDBC Driver' order by random() limit :most) as chosen""")
                    .bind("most", most)
                    .mapTo(Integer.class)
                    .one());
        } catch (RuntimeException away) {
            assertThat(Database.isUnavailable(away)).as("%s", away).isTrue();
            return 0; // its own connection had been ended
        }
    }

    private static void pause(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String kafka() {
        return Infrastructure.get().bootstrapServers();
    }
}
