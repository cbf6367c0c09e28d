package dev.finetide.kit.attempt;

import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Tells a lost worker from a deaf service. Silence counts only while this service could have heard: since it took
/// over, since the broker has answered without a break, and since its own ticks have followed each other closely (the
/// database was not away, the machine did not sleep, the clock did not jump).
///
/// Used by the one thread that ticks.
public final class WorkerWatch {
    /// A pause between ticks above this means that events may be waiting somewhere.
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /// For the report that is on its way when the exit is seen.
    private static final Duration EXIT_GRACE = Duration.ofSeconds(3);

    /// The exit was before this service's time: its consumer may still be catching up.
    private static final Duration UNSEEN_EXIT_GRACE = Duration.ofSeconds(15);

    private final Duration startWithin;
    private final Duration lostAfter;
    private final Supplier<Optional<Instant>> brokerReachableSince;
    private final Clock clock;
    private Instant listeningSince;
    private Instant lastTick;

    /// @param startWithin          time from a launch, or from a cluster's admission, to the worker's first word: a
    ///     busy machine or a new image may take minutes, and a process that dies meanwhile is told by the launcher
    /// @param lostAfter            silence that makes a worker lost after that
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

    /// Before a tick judges anybody.
    public void beforeTick() {
        Instant now = clock.instant();
        Duration pause = Duration.between(lastTick, now);
        if (pause.isNegative() || pause.compareTo(LONGEST_PAUSE) > 0) {
            listeningSince = now;
        }
    }

    /// After a tick that went through: one that failed has heard nobody.
    public void afterTick() {
        lastTick = clock.instant();
    }

    /// Judges the worker of an active attempt.
    ///
    /// @param exit     how its process ended, if the launcher has told
    /// @param status where it stands otherwise, if the launcher knows
    public WorkerVerdict judge(Attempt attempt, Optional<Workers.Exit> exit, Optional<WorkerStatus> status) {
        Optional<Instant> reachable = brokerReachableSince.get();
        if (reachable.isEmpty()) {
            return new WorkerVerdict.Alive();
        }
        // A clock that was set back must not make what was before the future, and a dead worker's last report with it.
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

    /// How long the last report of a worker that has ended may be on its way.
    private Duration reportWithin(Attempt attempt, Workers.Exit exit) {
        if (!attempt.isClaimed()) {
            return Duration.ZERO; // it has sent nothing that could still arrive
        }
        // One that succeeded has reported: it leaves when the broker has it all.
        return exit.isSuccess() ? lostAfter : exit.isSeen() ? EXIT_GRACE : UNSEEN_EXIT_GRACE;
    }

    private static WorkerVerdict silent(Attempt attempt, Duration silence, Optional<WorkerStatus> status) {
        String why = "no word from the worker for " + silence.toSeconds() + " s";
        if (status.isEmpty()) {
            return new WorkerVerdict.Lost(ExitMeaning.error(WorkReason.WORKER_LOST, why), true);
        }
        String message = why + ": " + status.get().message();
        return switch (status.get().kind()) {
            // What kept it from starting for so long would keep the next one too.
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
