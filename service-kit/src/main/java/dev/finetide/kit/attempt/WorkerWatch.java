package dev.finetide.kit.attempt;

import dev.finetide.kit.event.Reception;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.kit.time.Moment;
import dev.finetide.proto.work.v1.WorkReason;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Distinguishes a lost worker from a service that could not receive reports. A worker's exit, its silence and its
/// standstill are judged only after the service has taken every report that the broker had by then. Silence counts only
/// while this service could receive: since the broker has answered without a break, and since its own ticks have
/// followed each other closely. A longer pause between ticks means that the database was away, the service was stopped
/// or the machine slept.
///
/// All times are moments of this process, so no clock that is set can lose a worker. A service that has just started
/// waits for as long as it would have waited for a new worker. Used by the one thread that ticks.
public final class WorkerWatch {
    /// A pause between ticks that is longer than this means that events may be waiting somewhere.
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /// The time for a report that the broker has not taken yet when the exit is seen.
    private static final Duration EXIT_GRACE = Duration.ofSeconds(3);

    /// The time for a report if the exit was before this service's time.
    private static final Duration UNSEEN_EXIT_GRACE = Duration.ofSeconds(15);

    /// The times that a worker has.
    ///
    /// @param startWithin time from a launch, or from a cluster's admission, until the worker's first
    ///     report: a busy machine or a new image may take minutes, and the launcher reports a process
    ///     that dies meanwhile
    /// @param lostAfter silence after the first report that makes a worker lost
    /// @param progressWithin time in which a worker that sends heartbeats must get on with its work
    public record Limits(Duration startWithin, Duration lostAfter, Duration progressWithin) {
        public Limits {
            if (lostAfter.compareTo(LONGEST_PAUSE) <= 0) {
                throw new IllegalArgumentException(
                        "lost-after: expected more than " + LONGEST_PAUSE + ", got " + lostAfter);
            }
            if (progressWithin.compareTo(lostAfter) < 0) {
                throw new IllegalArgumentException(
                        "progress-within: expected at least lost-after, " + lostAfter + ", got " + progressWithin);
            }
        }
    }

    /// The last signs of a worker.
    ///
    /// @param heard when this process saw that the worker had reported, claimed or was launched
    /// @param moved when this process saw that the worker had got on with its work
    private record Signs(Attempt attempt, Moment heard, Moment moved) {
        static Signs of(Attempt attempt, Moment now) {
            return new Signs(attempt, now, now);
        }

        Signs after(Attempt seen, Moment now) {
            if (seen.number() != attempt.number() || seen.epoch() != attempt.epoch()) {
                return of(seen, now);
            }
            return new Signs(
                    seen,
                    seen.lastSequence() == attempt.lastSequence() ? heard : now,
                    seen.progress() == attempt.progress() ? moved : now);
        }
    }

    private final Limits limits;
    private final Supplier<Optional<Reception>> reception;
    private final Supplier<Moment> now;
    private final Map<String, Signs> signs = new HashMap<>();
    private Moment listeningSince;
    private Moment lastTick;

    /// @param reception reports that this service could receive until now; empty while it receives nothing
    public WorkerWatch(Limits limits, Supplier<Optional<Reception>> reception, Supplier<Moment> now) {
        this.limits = limits;
        this.reception = reception;
        this.now = now;
        this.listeningSince = now.get();
        this.lastTick = listeningSince;
    }

    /// Notes the state of an attempt. A sign of life counts from the first time that it is seen here.
    public void observe(String resource, Attempt attempt) {
        signs(resource, attempt);
    }

    /// Forgets all other resources.
    public void retain(Collection<String> resources) {
        signs.keySet().retainAll(resources);
    }

    /// Forgets the silence so far if the pause since the last tick was too long. Called before a tick judges any
    /// worker.
    public void beforeTick() {
        Moment tick = now.get();
        if (tick.since(lastTick).compareTo(LONGEST_PAUSE) > 0) {
            listeningSince = tick;
        }
    }

    /// Notes that a tick has succeeded. Not called after a tick that failed, because that one received no reports.
    public void afterTick() {
        lastTick = now.get();
    }

    /// Judges the worker of an active attempt.
    ///
    /// @param exit   how the worker's process ended, if the launcher has reported it
    /// @param status where the worker stands otherwise, if the launcher knows
    public WorkerVerdict judge(
            String resource, Attempt attempt, Optional<Workers.Exit> exit, Optional<WorkerStatus> status) {
        boolean ended = exit.filter(its -> !its.isOfOutdatedWorker()).isPresent();
        if (!ended
                && status.filter(its -> its.kind() == WorkerStatus.Kind.QUEUED).isPresent()) {
            signs.put(resource, Signs.of(attempt, now.get())); // the time to start begins with the admission
            return new WorkerVerdict.Alive();
        }
        Signs seen = signs(resource, attempt);
        Optional<Reception> received = reception.get();
        if (received.isEmpty()) {
            return new WorkerVerdict.Alive();
        }
        Moment listening = Moment.later(received.get().reachableSince(), listeningSince);
        // A worker without a claim has sent nothing that could be on its way.
        Moment upTo = attempt.isClaimed() ? received.get().takenUpTo() : now.get();
        if (ended) {
            boolean nothingComes =
                    passed(Moment.later(exit.get().time(), listening), reportWithin(attempt, exit.get()), upTo);
            return nothingComes ? ExitMeaning.of(exit.get(), attempt.isClaimed()) : new WorkerVerdict.Alive();
        }
        Duration silence = attempt.hasReported() ? limits.lostAfter() : limits.startWithin();
        if (passed(Moment.later(seen.heard(), listening), silence, upTo)) {
            return silent(attempt, silence, status);
        }
        return attempt.hasReported() && passed(Moment.later(seen.moved(), listening), limits.progressWithin(), upTo)
                ? stuck(attempt)
                : new WorkerVerdict.Alive();
    }

    private Signs signs(String resource, Attempt attempt) {
        Moment moment = now.get();
        return signs.merge(resource, Signs.of(attempt, moment), (old, _) -> old.after(attempt, moment));
    }

    /// Returns how long the last report of an ended worker may still be on its way to the broker.
    private Duration reportWithin(Attempt attempt, Workers.Exit exit) {
        if (!attempt.isClaimed()) {
            return Duration.ZERO; // a worker without a claim has sent nothing
        }
        // A worker that succeeded has sent its report: it exits only when the broker has all its events.
        return exit.isSuccess() ? limits.lostAfter() : exit.isSeen() ? EXIT_GRACE : UNSEEN_EXIT_GRACE;
    }

    private WorkerVerdict stuck(Attempt attempt) {
        String doing = attempt.doing().isEmpty() ? "" : "; it was " + attempt.doing();
        return new WorkerVerdict.Lost(
                ExitMeaning.error(
                        WorkReason.WORKER_LOST,
                        "the worker made no progress for "
                                + limits.progressWithin().toSeconds() + " s" + doing),
                true);
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

    private static boolean passed(Moment from, Duration limit, Moment upTo) {
        return upTo.since(from).compareTo(limit) > 0;
    }
}
