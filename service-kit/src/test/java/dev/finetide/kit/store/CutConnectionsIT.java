package dev.finetide.kit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.event.Outbox;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.fault.FaultyProxy;
import dev.finetide.kit.fault.FaultyProxy.Cut;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunRequested;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Drill 19: a connection is cut before or after a commit reaches the database, so that nobody knows its outcome. The
/// client repeats its request with the same id.
class CutConnectionsIT {
    private final AtomicInteger cuts = new AtomicInteger();
    private FaultyProxy proxy;
    private Database direct;
    private Database database;
    private RequestIds requests;
    private Outbox outbox;

    @BeforeEach
    void open() throws IOException {
        proxy = TestSchema.proxy();
        database = TestSchema.through(proxy, it -> direct = it);
        requests = new RequestIds(database);
        outbox = new Outbox(database, Clock.systemUTC());
        direct.with(handle -> handle.execute("create table resources (name text primary key)"));
        direct.with(handle -> handle.execute("""
                create table if not exists request_ids (
                    request_id text, caller text, body text not null, resource text not null,
                    primary key (request_id, caller))"""));
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
    }

    /// Creates a resource as every main path does: the answer to the request, the resource and its event in one
    /// transaction.
    private String create(String requestId) {
        String name = "projects/default/trainingRuns/" + UUID.randomUUID();
        return database.transact(() -> {
            Optional<Answered> first = requests.answer(requestId, new Answered("body", name));
            if (first.isPresent()) {
                return first.get().resource();
            }
            database.with(handle -> handle.execute("insert into resources values (?)", name));
            outbox.publish(
                    Topics.TRAINING,
                    name,
                    TrainingEvent.newBuilder()
                            .setTrainingRunRequested(TrainingRunRequested.newBuilder()
                                    .setTrainingRun(TrainingRun.newBuilder().setName(name)))
                            .build());
            return name;
        });
    }

    private Cut cutting(Cut cut) {
        if (cut != Cut.NEVER) {
            cuts.incrementAndGet();
        }
        return cut;
    }

    private long count(String table) {
        return direct.with(handle -> handle.createQuery("select count(*) from " + table)
                .mapTo(Long.class)
                .one());
    }

    @Test
    void aCommitWhoseAnswerIsLostIsFoundByItsRequestId() {
        proxy.cutWhere(text -> text.contains("COMMIT") && cuts.get() == 0 ? cutting(Cut.AFTER) : Cut.NEVER);
        String id = UUID.randomUUID().toString();
        assertThatThrownBy(() -> create(id))
                .as("the client is told to try again")
                .satisfies(
                        failure -> assertThat(Database.isUnavailable(failure)).isTrue());
        assertThat(count("resources")).as("committed all the same").isEqualTo(1);
        String again = create(id);
        assertThat(create(id)).isEqualTo(again);
        assertThat(count("resources")).isEqualTo(1);
        assertThat(count("outbox")).isEqualTo(1);
    }

    @Test
    void requestsThatAreRepeatedThroughRandomCutsMakeOneResourceAndOneEventEach() {
        long seed = Long.getLong("finetide.seed", System.nanoTime());
        System.out.println("CutConnectionsIT drill 19: finetide.seed=" + seed);
        Random random = new Random(seed);
        proxy.cutWhere(text -> {
            boolean commits = text.contains("COMMIT");
            return random.nextInt(commits ? 3 : 20) == 0
                    ? cutting(random.nextBoolean() ? Cut.BEFORE : Cut.AFTER)
                    : Cut.NEVER;
        });
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            names.add(untilAnswered(UUID.randomUUID().toString()));
        }
        assertThat(cuts.get()).isGreaterThan(10);
        assertThat(names).doesNotHaveDuplicates();
        assertThat(count("resources")).isEqualTo(40);
        assertThat(count("request_ids")).isEqualTo(40);
        assertThat(count("outbox")).isEqualTo(40);
    }

    private String untilAnswered(String requestId) {
        while (true) {
            try {
                return create(requestId);
            } catch (RuntimeException cut) {
                assertThat(Database.isUnavailable(cut)).as("%s", cut).isTrue();
            }
        }
    }
}
