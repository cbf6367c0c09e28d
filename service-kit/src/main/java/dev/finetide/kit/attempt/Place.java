package dev.finetide.kit.attempt;

import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// What the launcher sees of a worker that has not claimed its attempt yet, against what is stored: it may wait in a
/// cluster's queue, or be unable to start. Once it has claimed, its own word counts.
///
/// @param <S> the states of what it is to work for
public sealed interface Place<S> {
    /// As it was.
    record Same<S>() implements Place<S> {}

    /// Into the cluster's queue, or out of it.
    record Moved<S>(Attempt attempt, S to, String cause) implements Place<S> {}

    /// In the same state, for another reason, or for none any more.
    record Shown<S>(Optional<WorkWaiting> waiting) implements Place<S> {}

    /// Of one that is to start.
    ///
    /// @param before what clients see so far
    static <S> Place<S> starting(
            Attempt attempt, Optional<Standing> standing, WorkWaiting before, Function<WorkWaiting, S> hold) {
        Optional<WorkWaiting> waiting = attempt.isClaimed() ? Optional.empty() : Waiting.of(standing);
        if (waiting.isPresent() && Waiting.isQueued(standing)) {
            return new Moved<>(attempt, hold.apply(waiting.get()), "in the cluster's queue");
        }
        // Places and messages change with everybody who is admitted: only another reason is worth a write.
        WorkReason reason = waiting.map(WorkWaiting::getReason).orElse(WorkReason.WORK_REASON_UNSPECIFIED);
        return reason == before.getReason() ? new Same<>() : new Shown<>(waiting);
    }

    /// Of one that was in the cluster's queue. Admitted, it has its whole time to start.
    static <S> Place<S> held(Attempt attempt, Optional<Standing> standing, Supplier<S> admit, Instant now) {
        boolean stays = Waiting.isQueued(standing) && !attempt.isClaimed();
        return stays
                ? new Same<>()
                : new Moved<>(attempt.heard(attempt.lastSequence(), now), admit.get(), "admitted by the cluster");
    }
}
