package dev.finetide.kit.work;

import com.google.protobuf.Message;
import dev.finetide.kit.attempt.Attempt;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.Optional;

/// The supervised part of a resource: what clients see of it, and what its service needs to decide.
///
/// @param <V>        the resource's message
/// @param view       the resource as clients see it; attempt, epoch and etag always agree with the other components
/// @param attempt    who may write
/// @param revision   number of the changes that an etag must notice; reports, which come by the second, are not counted
/// @param lastUpdate sequence of the newest update on the resource's watch
public record Work<V extends Message>(V view, WorkState state, Attempt attempt, long revision, long lastUpdate) {
    public Work {
        view = new WorkFields<>(view).attempt(attempt).etag(revision).build();
    }

    /// New work, still without its first change of state.
    public static <V extends Message> Work<V> created(V view, Instant now) {
        V created = new WorkFields<>(view).createTime(now).build();
        return new Work<>(created, new WorkState.Queued(), Attempt.none(now), 0, 0);
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

    /// The work in its next state, with a line of history; the change is the next update.
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

    /// The work with what keeps its worker from starting, or without it; the change is the next update.
    Work<V> waiting(Optional<WorkWaiting> why) {
        return new Work<>(new WorkFields<>(view).waiting(why).build(), state, attempt, revision + 1, lastUpdate + 1);
    }

    /// The work in its next state, where clients cannot tell the two states apart: no update.
    public Work<V> unseen(WorkState next) {
        return new Work<>(view, next, attempt, revision, lastUpdate);
    }

    Work<V> with(Attempt changed) {
        return new Work<>(view, state, changed, revision, lastUpdate);
    }

    /// The work with other fields of its resource, without an update: they are stored with the next change.
    public Work<V> with(V changed) {
        return new Work<>(changed, state, attempt, revision, lastUpdate);
    }

    /// The work with what a report brought.
    ///
    /// @param updates number of updates that the report makes
    public Work<V> reported(V changed, int updates) {
        return new Work<>(changed, state, attempt, revision, lastUpdate + updates);
    }

    /// The work with other fields of its resource, which an etag must notice; no update.
    public Work<V> revised(V changed, Instant now) {
        V revised = new WorkFields<>(changed).updateTime(now).build();
        return new Work<>(revised, state, attempt, revision + 1, lastUpdate);
    }
}
