package dev.finetide.kit.attempt;

import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Distinguishes a lost worker from a service that could not receive reports. Silence counts only while this service
/// could receive: since it took over, since the broker has answered without a break, and since its own ticks have
/// followed each other closely. A longer pause between ticks means that the database was away, the machine slept or the
/// clock jumped.
///
/// Used by the one thread that ticks.
public final class WorkerWatch {
    /// A pause between ticks that is longer than this means that events may be waiting somewhere.
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /// The time for a report that is on its way when the exit is seen.
    private static final Duration EXIT_GRACE = Duration.ofSeconds(3);

    /// The time for a report if the exit was before this service's time: its consumer may still be catching up.
    private static final Duration UNSEEN_EXIT_GRACE = Duration.ofSeconds(15);

    private final Duration startWithin;
    private final Duration lostAfter;
    private final Supplier<Optional<Instant>> brokerReachableSince;
    private final Clock clock;
    private Instant listeningSince;
    private Instant lastTick;

    /// @param startWithin          time from a launch, or from a cluster's admission, until the worker claims its
    ///     attempt: a busy machine or a new image may take minutes, and the launcher reports a process that dies
    ///     meanwhile
    /// @param lostAfter            silence after the claim that makes a worker lost
    /// @param brokerReachableSince since when the broker has answered, empty while it does not
    public WorkerWatch(
            Duration startWithin, Duration lostAfter, Supplier<Optional<Instant>> brokerReachableSince, Clock clock) {
        if (lostAfter.compareTo(LONGEST_PAUSE) <= 0) {
            throw new IllegalArgumentException(
                    "lost-after: expected more than " + LONGEST_PAUSE + ", got " + lostAfter);
        }
        this.startWithin = startWithin;
        this.lostAfter = lostAfter;
        this.brokerReachableSince = brokerReachableSince;
        this.clock = clock;
        this.listeningSince = clock.instant();
        this.lastTick = listeningSince;
    }

    /// Forgets the silence so far if the pause since the last tick was too long. Called before a tick judges any
    /// worker.
    public void beforeTick() {
        Instant now = clock.instant();
        Duration pause = Duration.between(lastTick, now);
        if (pause.isNegative() || pause.compareTo(LONGEST_PAUSE) > 0) {
            listeningSince = now;
        }
    }

    /// Notes that a tick has succeeded. Not called after a tick that failed, because that one received no reports.
    public void afterTick() {
        lastTick = clock.instant();
    }

    /// Judges the worker of an active attempt.
    ///
    /// @param exit   how the worker's process ended, if the launcher has reported it
    /// @param status where the worker stands otherwise, if the launcher knows
    public WorkerVerdict judge(Attempt attempt, Optional<Workers.Exit> exit, Optional<WorkerStatus> status) {
        Optional<Instant> reachable = brokerReachableSince.get();
        if (reachable.isEmpty()) {
            return new WorkerVerdict.Alive();
        }
        // If the clock was set back, timestamps may lie in the future; ignore those, or a dead worker would look alive.
        Instant now = clock.instant();
        Instant listening = reachable.get().isAfter(now) ? listeningSince : later(reachable.get(), listeningSince);
        if (exit.isPresent()) {
            boolean nothingComes = passed(later(exit.get().time(), listening), reportWithin(attempt, exit.get()), now);
            return nothingComes ? ExitMeaning.of(exit.get()) : new WorkerVerdict.Alive();
        }
        if (status.filter(its -> its.kind() == WorkerStatus.Kind.QUEUED).isPresent()) {
            return new WorkerVerdict.Alive();
        }
        Instant heard = attempt.heardAt().isAfter(now) ? listening : later(attempt.heardAt(), listening);
        Duration silence = attempt.isClaimed() ? lostAfter : startWithin;
        return passed(heard, silence, now) ? silent(attempt, silence, status) : new WorkerVerdict.Alive();
    }

    /// Returns how long the last report of an ended worker may still be on its way.
    private Duration reportWithin(Attempt attempt, Workers.Exit exit) {
        if (!attempt.isClaimed()) {
            return Duration.ZERO; // a worker without a claim has sent nothing
        }
        // A worker that succeeded has sent its report: it exits only when the broker has all its events.
        return exit.isSuccess() ? lostAfter : exit.isSeen() ? EXIT_GRACE : UNSEEN_EXIT_GRACE;
    }

    private static WorkerVerdict silent(Attempt attempt, Duration silence, Optional<WorkerStatus> status) {
        String why = "no word from the worker for " + silence.toSeconds() + " s";
        if (status.isEmpty()) {
            return new WorkerVerdict.Lost(ExitMeaning.error(WorkReason.WORKER_LOST, why), true);
        }
        String message = why + ": " + status.get().message();
        return switch (status.get().kind()) {
            // A cause that kept this worker from starting for so long would keep the next one from starting, too.
            case BLOCKED ->
                attempt.isClaimed()
                        ? new WorkerVerdict.Lost(ExitMeaning.error(WorkReason.WORKER_LOST, message), true)
                        : new WorkerVerdict.Fatal(ExitMeaning.error(status.get().reason(), message));
            case LOST -> new WorkerVerdict.Lost(ExitMeaning.error(status.get().reason(), message), false);
            case RUNNING, QUEUED -> new WorkerVerdict.Lost(ExitMeaning.error(WorkReason.WORKER_LOST, message), true);
        };
    }

    private static boolean passed(Instant from, Duration limit, Instant now) {
        return Duration.between(from, now).compareTo(limit) > 0;
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
