package dev.finetide.kit.auth;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Outbox;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunRequested;
import io.grpc.Context;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AuditedChangeIT {
    private static final String RUN = "projects/default/trainingRuns/r1";
    private static final String METHOD = "finetide.training.v1.TrainingRunService/CreateTrainingRun";

    private final Database database = TestSchema.fresh();
    private final Outbox outbox = new Outbox(database, Clock.systemUTC());
    private final AuditTrail trail = new AuditTrail(database, outbox, Clock.systemUTC(), new SimpleMeterRegistry());
    private final CallRecord call = new CallRecord(
            METHOD,
            "10.0.0.7",
            Optional.of(new Identity("sam", "tokens-file", Identity.Kind.USER, Map.of("default", Role.SUBMITTER))));

    private void change(Runnable afterwards) {
        database.transact(() -> {
            outbox.publish(
                    Topics.TRAINING,
                    RUN,
                    TrainingEvent.newBuilder()
                            .setTrainingRunRequested(TrainingRunRequested.newBuilder()
                                    .setTrainingRun(TrainingRun.newBuilder().setName(RUN)))
                            .build());
            afterwards.run();
            return null;
        });
    }

    private List<AuditEvent> entries() {
        return database
                .with(handle -> handle.createQuery(
                                "select payload from outbox where aggregatetype = :topic order by seq")
                        .bind("topic", Topics.AUDIT)
                        .mapTo(byte[].class)
                        .list())
                .stream()
                .map(AuditedChangeIT::parse)
                .toList();
    }

    private static AuditEvent parse(byte[] payload) {
        try {
            return AuditEvent.parseFrom(payload);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aChangeAndItsEntryAreWrittenTogether() {
        call.in(Context.current()).run(() -> change(() -> {}));
        assertThat(entries()).singleElement().satisfies(entry -> {
            assertThat(entry.getSubject()).isEqualTo("sam");
            assertThat(entry.getMethod()).isEqualTo(METHOD);
            assertThat(entry.getResource()).isEqualTo(RUN);
            assertThat(entry.getEvent()).isEqualTo("TrainingRunRequested");
            assertThat(entry.getPeer()).isEqualTo("10.0.0.7");
            assertThat(entry.getResult()).isEqualTo("OK");
        });
        trail.changed(call);
        trail.denied(new CallRecord(METHOD, "10.0.0.8", Optional.empty()), "UNAUTHENTICATED");
        await().until(() -> entries().size() == 2);
        assertThat(entries().getLast().getResult()).isEqualTo("UNAUTHENTICATED");
    }

    @Test
    void aFloodOfDeniedCallsHidesNoChange() {
        CountDownLatch begin = new CountDownLatch(1);
        EventPublisher late = (topic, key, event) -> {
            try {
                begin.await(); // no entry is written before all have come
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            outbox.publish(topic, key, event);
        };
        AuditTrail flooded = new AuditTrail(database, late, Clock.systemUTC(), new SimpleMeterRegistry(), 20);
        for (int i = 0; i < 1_000; i++) {
            flooded.denied(new CallRecord(METHOD, "10.0.0.8", Optional.empty()), "UNAUTHENTICATED");
        }
        flooded.changed(call);
        begin.countDown();
        await().until(() ->
                entries().stream().anyMatch(entry -> entry.getResult().equals("OK")));
        assertThat(entries()).hasSizeBetween(11, 12);
    }

    @Test
    void aChangeThatIsRolledBackHasNoEntry() {
        assertThatThrownBy(() -> call.in(Context.current())
                        .run(() -> change(() -> {
                            throw new IllegalStateException("the change fails");
                        })))
                .isInstanceOf(IllegalStateException.class);
        assertThat(entries()).isEmpty();
    }

    @Test
    void aChangeOfTheServiceItselfHasNoCaller() {
        change(() -> {});
        assertThat(entries()).isEmpty();
    }

    @Test
    void aChangeWithoutAnEventIsToldWhenItsCallHasSucceeded() {
        trail.changed(call);
        await().until(() -> entries().size() == 1);
        assertThat(entries().getFirst().getEvent()).isEmpty();
    }
}
