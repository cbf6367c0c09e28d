package dev.finetide.kit.attempt;

import java.time.Instant;

/// Decides who may write for a run or an evaluation: the fencing rule of both services. Only the newest epoch may
/// write, and only while its attempt is active. Within an epoch each sequence number counts once.
///
/// @param number       launches so far, 0 before the first
/// @param epoch        fencing token: raised by every launch and by every claim, never lowered
/// @param lastSequence sequence of the last report of this epoch, 0 when there was none, -1 before the first claim
/// @param losses       attempts that ended although nobody asked them to; `max_attempts` limits them
/// @param heardAt      time of the last launch, claim or report, by the service's clock
public record Attempt(int number, long epoch, long lastSequence, int losses, Instant heardAt) {
    private static final long UNCLAIMED = -1;

    /// Returns the attempt before the first launch.
    public static Attempt none(Instant now) {
        return new Attempt(0, 0, 0, 0, now);
    }

    /// Returns the next launch. Its new epoch shuts out the previous writer, even before the new worker has claimed an
    /// epoch of its own.
    public Attempt launched(Instant now) {
        return new Attempt(number + 1, epoch + 1, UNCLAIMED, losses, now);
    }

    /// Returns whether a worker of this attempt has claimed it. Only then can the worker report.
    public boolean isClaimed() {
        return lastSequence != UNCLAIMED;
    }

    /// Returns the attempt with a new epoch, for a worker process that claims this attempt.
    public Attempt claimed(Instant now) {
        return new Attempt(number, epoch + 1, 0, losses, now);
    }

    /// Returns whether a report counts: it must belong to the newest epoch and must not have been seen before.
    public boolean accepts(long reportEpoch, long sequence) {
        return isClaimed() && reportEpoch == epoch && sequence > lastSequence;
    }

    public Attempt heard(long sequence, Instant now) {
        return new Attempt(number, epoch, sequence, losses, now);
    }

    public Attempt lost() {
        return new Attempt(number, epoch, lastSequence, losses + 1, heardAt);
    }
}
