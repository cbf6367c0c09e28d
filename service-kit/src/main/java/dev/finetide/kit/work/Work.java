package dev.finetide.kit.work;

import com.google.protobuf.Message;
import dev.finetide.kit.attempt.Attempt;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.Optional;

/// The supervised part of a resource: the message that clients see, and the fields that the service's decisions need.
///
/// @param <V>        the resource's message
/// @param view       the resource as clients see it; attempt, epoch and etag always agree with the other components
/// @param attempt    attempt that may write
/// @param revision   number of the changes that an etag must notice; reports are not counted, because they come every
///     second
/// @param lastUpdate sequence of the newest update on the resource's watch
public record Work<V extends Message>(V view, WorkState state, Attempt attempt, long revision, long lastUpdate) {
    public Work {
        view = new WorkFields<>(view).attempt(attempt).etag(revision).build();
    }

    /// Returns new work, still without its first change of state.
    public static <V extends Message> Work<V> created(V view, Instant now) {
        V created = new WorkFields<>(view).createTime(now).build();
        return new Work<>(created, new WorkState.Queued(), Attempt.none(), 0, 0);
    }

    public String name() {
        return WorkFields.name(view);
    }

    Instant createTime() {
        return WorkFields.createTime(view);
    }

    Optional<WorkWaiting> waiting() {
        return WorkFields.waiting(view);
    }

    /// Returns the work in its next state, with a line of history. The change is the next update.
    ///
    /// @param shown the next state as clients see it
    Work<V> to(WorkState next, State shown, String cause, String actor, Instant now) {
        WorkFields<V> fields = new WorkFields<>(view).state(shown, cause, actor, now);
        fields.waiting(next instanceof WorkState.Held(WorkWaiting why) ? Optional.of(why) : Optional.empty());
        if (next instanceof WorkState.Failed(var error)) {
            fields.error(error);
        }
        return new Work<>(fields.build(), next, attempt, revision + 1, lastUpdate + 1);
    }

    /// Returns the work with the reason that keeps its worker from starting, or without one. The change is the next
    /// update.
    Work<V> waiting(Optional<WorkWaiting> why) {
        return new Work<>(new WorkFields<>(view).waiting(why).build(), state, attempt, revision + 1, lastUpdate + 1);
    }

    /// Returns the work in its next state without an update, where clients cannot tell the two states apart.
    public Work<V> unseen(WorkState next) {
        return new Work<>(view, next, attempt, revision, lastUpdate);
    }

    Work<V> with(Attempt changed) {
        return new Work<>(view, state, changed, revision, lastUpdate);
    }

    /// Returns the work with other fields of its resource, without an update. They are stored with the next change.
    public Work<V> with(V changed) {
        return new Work<>(changed, state, attempt, revision, lastUpdate);
    }

    /// Returns the work with what a report brought.
    ///
    /// @param updates number of updates that the report makes
    public Work<V> reported(V changed, int updates) {
        return new Work<>(changed, state, attempt, revision, lastUpdate + updates);
    }

    /// Returns the work with other fields of its resource, which an etag must notice. Makes no update.
    public Work<V> revised(V changed, Instant now) {
        V revised = new WorkFields<>(changed).updateTime(now).build();
        return new Work<>(revised, state, attempt, revision + 1, lastUpdate);
    }
}
