package dev.finetide.kit.work;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Timestamp;
import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.Optional;

/// Writes the fields that the resources of all kinds of work have under the same names and types: `name`, `state`,
/// `attempt`, `epoch`, `error`, `waiting`, `history`, `create_time`, `update_time` and `etag`.
final class WorkFields<V extends Message> {
    private final Message.Builder builder;

    WorkFields(V view) {
        this.builder = view.toBuilder();
    }

    static String name(Message view) {
        return (String) view.getField(field(view, "name"));
    }

    static Instant createTime(Message view) {
        return Times.instant((Timestamp) view.getField(field(view, "create_time")));
    }

    static Optional<WorkWaiting> waiting(Message view) {
        FieldDescriptor waiting = field(view, "waiting");
        return view.hasField(waiting) ? Optional.of((WorkWaiting) view.getField(waiting)) : Optional.empty();
    }

    static WorkError error(Message view) {
        return (WorkError) view.getField(field(view, "error"));
    }

    WorkFields<V> attempt(Attempt attempt) {
        return set("attempt", attempt.number()).set("epoch", attempt.epoch());
    }

    WorkFields<V> etag(long revision) {
        return set("etag", Long.toString(revision));
    }

    WorkFields<V> createTime(Instant time) {
        return set("create_time", Times.timestamp(time));
    }

    WorkFields<V> updateTime(Instant time) {
        return set("update_time", Times.timestamp(time));
    }

    WorkFields<V> state(State state, String cause, String actor, Instant time) {
        builder.addRepeatedField(
                field(builder, "history"),
                StateChange.newBuilder()
                        .setState(state)
                        .setTime(Times.timestamp(time))
                        .setCause(cause)
                        .setActor(actor)
                        .build());
        return set("state", state.getValueDescriptor()).updateTime(time);
    }

    WorkFields<V> error(WorkError error) {
        return set("error", error);
    }

    WorkFields<V> waiting(Optional<WorkWaiting> why) {
        builder.clearField(field(builder, "waiting"));
        why.ifPresent(waiting -> set("waiting", waiting));
        return this;
    }

    @SuppressWarnings("unchecked") // the builder was made from a V
    V build() {
        return (V) builder.build();
    }

    private WorkFields<V> set(String name, Object value) {
        builder.setField(field(builder, name), value);
        return this;
    }

    private static FieldDescriptor field(MessageOrBuilder message, String name) {
        FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
        if (field == null) {
            throw new IllegalArgumentException(message.getDescriptorForType().getFullName() + ": expected the field \""
                    + name + "\", which every resource of supervised work has");
        }
        return field;
    }
}
