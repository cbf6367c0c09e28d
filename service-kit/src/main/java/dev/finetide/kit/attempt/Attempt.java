package dev.finetide.kit.attempt;

import dev.finetide.kit.error.Printable;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;

/// Decides who may write for a run or an evaluation: the fencing rule of both services. Only the newest epoch may
/// write, and only while its attempt is active. Within an epoch each sequence number counts once.
///
/// @param number       launches so far, 0 before the first
/// @param epoch        fencing token: raised by every launch and by every claim, never lowered
/// @param lastSequence sequence of the last report of this epoch, 0 when there was none, -1 before the first claim
/// @param losses       attempts that ended although nobody asked them to; `max_attempts` limits them
/// @param progress     number that changes whenever the worker has got on with its work
/// @param doing        what the worker was doing at its last heartbeat; empty before the first
public record Attempt(int number, long epoch, long lastSequence, int losses, long progress, String doing) {
    private static final long UNCLAIMED = -1;

    /// Returns the attempt before the first launch.
    public static Attempt none() {
        return new Attempt(0, 0, 0, 0, 0, "");
    }

    /// Returns the next launch. Its new epoch shuts out the previous writer, even before the new worker has claimed an
    /// epoch of its own.
    public Attempt launched() {
        return new Attempt(number + 1, epoch + 1, UNCLAIMED, losses, 0, "");
    }

    /// Returns whether a worker of this attempt has claimed it. Only then can the worker report.
    public boolean isClaimed() {
        return lastSequence != UNCLAIMED;
    }

    /// Returns whether a worker of this attempt has reported since its claim: its start is over.
    public boolean hasReported() {
        return lastSequence > 0;
    }

    /// Returns the attempt with a new epoch, for a worker process that claims this attempt.
    public Attempt claimed() {
        return new Attempt(number, epoch + 1, 0, losses, 0, "");
    }

    /// Returns whether a report counts: it must belong to the newest epoch and must not have been seen before.
    public boolean accepts(long reportEpoch, long sequence) {
        return isWriter(reportEpoch) && sequence > lastSequence;
    }

    /// Returns whether the worker with this epoch is the one that may write.
    public boolean isWriter(long claimedEpoch) {
        return isClaimed() && claimedEpoch == epoch;
    }

    /// Returns the attempt after a report that brought something.
    public Attempt heard(long sequence) {
        return new Attempt(number, epoch, sequence, losses, progress + 1, doing);
    }

    /// Returns the attempt after a heartbeat, which is a sign of life and no progress by itself.
    public Attempt heard(long sequence, WorkerHeartbeat beat) {
        return new Attempt(number, epoch, sequence, losses, beat.getProgress(), Printable.of(beat.getDoing()));
    }

    public Attempt lost() {
        return new Attempt(number, epoch, lastSequence, losses + 1, progress, doing);
    }
}
