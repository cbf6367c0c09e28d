package dev.finetide.kit.work;

import com.google.protobuf.Message;
import dev.finetide.kit.attempt.Attempt;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.Optional;

/// A resource that a worker works for, as its service stores it: a record with the supervised part and the fields that
/// its kind adds.
///
/// @param <W> the record itself
/// @param <V> the resource's message
public interface Supervised<W extends Supervised<W, V>, V extends Message> {
    Work<V> work();

    /// Returns the same record with another supervised part.
    W with(Work<V> changed);

    /// Returns how many attempts may be lost before the work fails, 1 or more.
    int maxAttempts();

    /// Returns a state as clients of this kind see it.
    default State shown(WorkState state) {
        return state.shown();
    }

    default String name() {
        return work().name();
    }

    default V view() {
        return work().view();
    }

    default WorkState state() {
        return work().state();
    }

    default Attempt attempt() {
        return work().attempt();
    }

    default boolean hasEnded() {
        return state() instanceof WorkState.Ended;
    }

    /// Returns the work in its next state, with a line of history. The change is the next update.
    default W to(WorkState next, String cause, String actor, Instant now) {
        return with(work().to(next, shown(next), cause, actor, now));
    }

    /// Returns the work with the reason that keeps its worker from starting, or without one. The change is the next
    /// update.
    default W waiting(Optional<WorkWaiting> why) {
        return with(work().waiting(why));
    }

    default W with(Attempt changed) {
        return with(work().with(changed));
    }
}
