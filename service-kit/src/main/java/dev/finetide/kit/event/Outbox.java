package dev.finetide.kit.event;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.kit.auth.AuditTrail;
import dev.finetide.kit.auth.CallRecord;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.errors.v1.ErrorReason;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.util.UUID;

/// Publishes by writing a row in the thread's transaction; [OutboxRelay] sends it after the commit. Where the thread
/// answers a call, the audit entry of the change is written with it.
@Singleton
public final class Outbox implements EventPublisher {
    private final Database database;
    private final Clock clock;

    public Outbox(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public void publish(String topic, String resource, Message envelope) {
        insert(topic, resource, envelope);
        if (!topic.equals(Topics.AUDIT)) {
            CallRecord.current().ifPresent(call -> {
                AuditEvent entry = call.change(resource, simpleName(eventType(envelope)), clock.instant());
                insert(Topics.AUDIT, AuditTrail.key(entry), entry);
            });
        }
    }

    private static String simpleName(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    private void insert(String topic, String resource, Message envelope) {
        byte[] payload = envelope.toByteArray();
        checkSize(topic, resource, payload.length);
        database.with(handle -> handle.createUpdate("""
                        insert into outbox (id, aggregatetype, aggregateid, type, payload, created_at, traceparent)
                        values (:id, :topic, :resource, :type, :payload, :now, :traceparent)""")
                .bind("id", UUID.randomUUID())
                .bind("topic", topic)
                .bind("resource", resource)
                .bind("type", eventType(envelope))
                .bind("payload", payload)
                .bind("now", OffsetDateTime.now(clock))
                .bind("traceparent", Traceparent.current())
                .execute());
    }

    /// Refuses what the broker would refuse later, when the change that the event tells of is already made.
    private static void checkSize(String topic, String resource, int bytes) {
        int largest = RecordSizes.largestEvent(topic);
        if (bytes > largest) {
            throw ApiException.of(
                    ErrorReason.RESOURCE_TOO_LARGE,
                    "an event of %s would have %,d bytes, expected at most %,d: use fewer or shorter texts and lists"
                            .formatted(resource, bytes, largest),
                    "resource",
                    resource,
                    "largest_bytes",
                    Integer.toString(largest),
                    "actual_bytes",
                    Integer.toString(bytes));
        }
    }

    /// Returns the full name of the event in a `oneof` envelope, or of the message itself if the topic has only one
    /// event.
    static String eventType(Message envelope) {
        if (envelope.getDescriptorForType().getOneofs().size() == 1) {
            FieldDescriptor event = envelope.getOneofFieldDescriptor(
                    envelope.getDescriptorForType().getOneofs().getFirst());
            if (event == null) {
                throw new IllegalArgumentException(
                        envelope.getDescriptorForType().getFullName() + " carries no event");
            }
            return event.getMessageType().getFullName();
        }
        return envelope.getDescriptorForType().getFullName();
    }
}
