package dev.finetide.kit.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunRequested;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// An event is written in the transaction of its change, and with it or not at all.
class OutboxIT {
    private static final String RUN = "projects/default/trainingRuns/r1";

    private final Database database = TestSchema.fresh();
    private final OutboxRows rows = new OutboxRows(database);
    private final Outbox outbox = new Outbox(database, Clock.systemUTC());

    @BeforeEach
    void makeStates() {
        database.with(handle -> handle.execute("create table states (name text primary key)"));
    }

    private static TrainingEvent event(String traceparent) {
        return TrainingEvent.newBuilder()
                .setTrainingRunRequested(TrainingRunRequested.newBuilder()
                        .setTrainingRun(TrainingRun.newBuilder().setName(RUN).setTraceparent(traceparent)))
                .build();
    }

    private void change(Runnable afterwards) {
        database.transact(() -> {
            database.with(handle -> handle.execute("insert into states values (?)", RUN));
            outbox.publish(Topics.TRAINING, RUN, event(""));
            afterwards.run();
            return null;
        });
    }

    private long states() {
        return database.with(handle -> handle.createQuery("select count(*) from states")
                .mapTo(Long.class)
                .one());
    }

    @Test
    void aChangeThatIsRolledBackHasNoEvent() {
        assertThatThrownBy(() -> change(() -> {
                    throw new IllegalStateException("rolled back");
                }))
                .hasMessage("rolled back");
        assertThat(states()).isZero();
        assertThat(rows.waiting()).isEmpty();
    }

    @Test
    void nobodySeesTheEventBeforeTheChange() throws Exception {
        change(() -> {
            try {
                Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, failure) -> seen = failure)
                        .start(() -> assertThat(rows.waiting())
                                .as("as another transaction sees it")
                                .isEmpty())
                        .join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(seen).isNull();
        assertThat(states()).isEqualTo(1);
        assertThat(rows.waiting()).hasSize(1);
    }

    private volatile Throwable seen;

    @Test
    void aConnectionThatIsCutBeforeTheCommitLeavesNeither() {
        assertThatThrownBy(() -> change(() -> {
                    int pid = database.with(handle -> handle.createQuery("select pg_backend_pid()")
                            .mapTo(Integer.class)
                            .one());
                    try (var other = database.open()) {
                        other.execute("select pg_terminate_backend(?)", pid);
                    }
                }))
                .isInstanceOf(RuntimeException.class);
        assertThat(states()).isZero();
        assertThat(rows.waiting()).isEmpty();
    }

    @Test
    void anEventThatTheBrokerWouldRefuseIsRefusedWithTheChange() {
        assertThatThrownBy(() -> change(() -> outbox.publish(
                        Topics.TRAINING, RUN, event("x".repeat(RecordSizes.largestEvent(Topics.TRAINING))))))
                .isInstanceOfSatisfying(ApiException.class, refused -> {
                    assertThat(refused.reason()).isEqualTo(ErrorReason.RESOURCE_TOO_LARGE);
                    assertThat(refused).hasMessageContaining("an event of " + RUN + " would have 2,621,");
                });
        assertThat(states()).isZero();
        assertThat(rows.waiting()).isEmpty();
    }

    @Test
    void theLargestEventFitsIntoItsTopic() {
        for (var topic : Topics.all()) {
            String name = topic.name();
            int record = Integer.parseInt(topic.configs().get("max.message.bytes"));
            if (name.endsWith(".dlq")) {
                assertThat(record).as(name).isEqualTo(RecordSizes.LARGEST_DEAD_LETTER);
            } else {
                assertThat(record).as(name).isGreaterThanOrEqualTo(RecordSizes.largestEvent(name) + (64 << 10));
                assertThat(record).as(name).isLessThanOrEqualTo(RecordSizes.LARGEST_DEAD_LETTER - (512 << 10));
            }
        }
    }
}
