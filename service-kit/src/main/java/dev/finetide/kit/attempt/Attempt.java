package dev.finetide.kit.attempt;

import java.time.Instant;

/// Who may write for a run or an evaluation: the fencing rule of both services. Only the newest epoch writes, and only
/// while its attempt is active; within an epoch each sequence number counts once.
///
/// @param number       launches so far, 0 before the first
/// @param epoch        fencing token: raised by every launch and by every claim, never lowered
/// @param lastSequence sequence of the last report of this epoch, 0 when there was none, -1 before the first claim
/// @param losses       attempts that ended without being asked to: what `max_attempts` bounds
/// @param heardAt      when the attempt was launched, claimed or last reported, by the service's clock
public record Attempt(int number, long epoch, long lastSequence, int losses, Instant heardAt) {
    private static final long UNCLAIMED = -1;

    /// Before the first launch.
    public static Attempt none(Instant now) {
        return new Attempt(0, 0, 0, 0, now);
    }

    /// The next launch. Its new epoch shuts out the writer before it, even until the new worker has claimed its own.
    public Attempt launched(Instant now) {
        return new Attempt(number + 1, epoch + 1, UNCLAIMED, losses, now);
    }

    /// Whether a worker of this attempt has started so far as to claim it: only then can it report.
    public boolean isClaimed() {
        return lastSequence != UNCLAIMED;
    }

    /// A worker process of this attempt asks for a new epoch.
    public Attempt claimed(Instant now) {
        return new Attempt(number, epoch + 1, 0, losses, now);
    }

    /// Whether a report counts: of the newest epoch, and not seen before.
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
