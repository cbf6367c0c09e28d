package dev.finetide.kit.work;

import com.google.protobuf.Message;
import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerVerdict;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import dev.finetide.proto.worker.v1.CheckAttemptRequest;
import dev.finetide.proto.worker.v1.CheckAttemptResponse;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.LendBlobAccessRequest;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Supervises one kind of work: launches a worker for each attempt, fences its reports by epoch and sequence, judges
/// silent workers, and begins the next attempt. Every decision is made under the work's row lock, and written in one
/// transaction with its event and its update. Thread-safe, except that only the ticker's thread ticks.
///
/// @param <W> the kind's record
public final class SupervisedWork<W extends Supervised<W, V>, V extends Message> implements Ticker.Task {
    private static final Logger LOG = Logger.getLogger(SupervisedWork.class);

    /// The actor of changes that a worker's report brings about.
    public static final String WORKER = "worker";

    /// The most launches of one tick: they are one transaction, and the next tick comes soon.
    private static final int LAUNCHES_OF_A_TICK = 100;

    private static final WorkError STOPPED = WorkError.newBuilder()
            .setReason(WorkReason.WORKER_LOST)
            .setMessage("the worker was asked to stop")
            .build();

    private final WorkKind<W> kind;
    private final WorkStore<W, ?> store;
    private final Workers workers;
    private final WorkerWatch watch;
    private final int places;
    private final Clock clock;

    /// @param places most pieces of work that may hold a worker at the same time, 1 or more
    public SupervisedWork(
            WorkKind<W> kind, WorkStore<W, ?> store, Workers workers, WorkerWatch watch, int places, Clock clock) {
        this.kind = kind;
        this.store = store;
        this.workers = workers;
        this.watch = watch;
        this.places = places;
        this.clock = clock;
    }

    // Requests of clients.

    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND
    public W find(String name) {
        return store.find(kind.type().check("name", name)).orElseThrow(() -> ApiException.notFound(name));
    }

    /// Locks and returns the work for a change that a client asks for. Called in a transaction.
    ///
    /// @param etag etag of the resource that the client has seen; empty for any
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, ETAG_MISMATCH
    public W lock(String name, String etag) {
        W work = store.lock(kind.type().check("name", name)).orElseThrow(() -> ApiException.notFound(name));
        ApiException.checkEtag(name, etag, Long.toString(work.work().revision()));
        return work;
    }

    /// Returns the resource as clients see it. The place in a cluster's queue is that of this moment, and is not
    /// stored.
    public V shown(W work) {
        return work.work()
                .waiting()
                .flatMap(_ -> ActiveWork.of(work))
                .flatMap(active -> Waiting.of(active.status(workers)))
                .map(waiting -> new WorkFields<>(work.view())
                        .waiting(Optional.of(waiting))
                        .build())
                .orElse(work.view());
    }

    // Claims and reports of workers.

    /// Makes a worker process the one writer of its work.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, STALE_ATTEMPT
    public ClaimAttemptResponse claim(ClaimAttemptRequest request) {
        String name = kind.type().check("resource", request.getResource());
        return store.transact(() -> {
            W work = store.lock(name).orElseThrow(() -> ApiException.notFound(name));
            int current = work.attempt().number();
            if (!(work.state() instanceof WorkState.Working) || request.getAttempt() != current) {
                String state = work.shown(work.state()).name();
                throw ApiException.staleAttempt(name, state, request.getAttempt(), current);
            }
            return kind.claimed(work.with(work.attempt().claimed()));
        });
    }

    /// Answers a worker that asks whether it is still the one writer of its work.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, STALE_ATTEMPT
    public CheckAttemptResponse check(CheckAttemptRequest request) {
        checkedWriter(request.getResource(), request.getAttempt(), request.getEpoch());
        return CheckAttemptResponse.getDefaultInstance();
    }

    /// Returns what a worker works on that is the one writer of its work.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, STALE_ATTEMPT
    public WorkerSpec specOfWriter(LendBlobAccessRequest request) {
        return kind.spec(checkedWriter(request.getResource(), request.getAttempt(), request.getEpoch()));
    }

    private W checkedWriter(String name, int attempt, long epoch) {
        W work = find(kind.type().check("resource", name));
        Attempt current = work.attempt();
        if (!(work.state() instanceof WorkState.Active) || attempt != current.number() || !current.isWriter(epoch)) {
            String state = work.shown(work.state()).name();
            throw ApiException.staleAttempt(work.name(), state, attempt, current.number());
        }
        return work;
    }

    /// Returns whether a report is about work of this kind. Others belong to other services.
    boolean owns(WorkerEvent event) {
        return kind.type().matches(event.getResource());
    }

    /// Applies a worker's report. A report changes nothing if it was seen before or does not come from the newest epoch
    /// of active work.
    public void on(WorkerEvent event) {
        if (!owns(event)) {
            return;
        }
        store.transact(() -> {
            store.lock(event.getResource()).ifPresent(work -> {
                if (work.state() instanceof WorkState.Active active
                        && event.getAttempt() == work.attempt().number()
                        && work.attempt().accepts(event.getEpoch(), event.getSequence())) {
                    Attempt heard = event.hasHeartbeat()
                            ? work.attempt().heard(event.getSequence(), event.getHeartbeat())
                            : work.attempt().heard(event.getSequence());
                    report(work.with(heard), active, event);
                } else {
                    LOG.debugf(
                            "late report refused resource=%s epoch=%d sequence=%d",
                            work.name(), event.getEpoch(), event.getSequence());
                }
            });
            return null;
        });
    }

    private void report(W work, WorkState.Active state, WorkerEvent event) {
        switch (event.getReportCase()) {
            case STARTED -> {
                W admitted = state instanceof WorkState.Held held ? admit(work, held) : work;
                if (admitted.state() instanceof WorkState.Starting starting) {
                    kind.started(admitted, starting.started(), event.getStarted());
                } else {
                    store.updateReport(admitted);
                }
            }
            case HEARTBEAT -> store.updateReport(work);
            case FAILED -> {
                WorkError error = event.getFailed().getError();
                if (event.getFailed().getRetryable()) {
                    lost(work, state, error, WORKER);
                } else {
                    change(work, state.failed(error), error.getReason().name(), WORKER);
                }
            }
            // The work loses no attempt, whoever stopped the worker.
            case STOPPED -> interrupt(work, state, STOPPED, WORKER);
            default -> kind.report(work, state, event);
        }
    }

    /// Ends an attempt that was lost. The loss counts against the user's limit.
    public W lost(W work, WorkState.Active state, WorkError why, String actor) {
        return interrupt(work.with(work.attempt().lost()), state, why, actor);
    }

    private W interrupt(W work, WorkState.Active state, WorkError why, String actor) {
        boolean retry = work.attempt().losses() < work.maxAttempts();
        return change(work, state.interrupted(retry, why), why.getMessage(), actor);
    }

    // Calls of the ticker.

    /// Forgets the workers. Called when this process has just become the one that ticks.
    @Override
    public void takeOver() {
        workers.forget();
    }

    /// Looks after the workers, fills free places from the queue, and launches what is committed.
    @Override
    public void tick() {
        watch.beforeTick();
        store.active()
                .forEach(work -> apart(work, () -> {
                    if (isDue(work)) {
                        supervise(work.name());
                    }
                }));
        List<ActiveWork> active = store.transact(this::fillPlaces);
        active.forEach(work -> apart(work, () -> ensureWorker(work)));
        active.forEach(work -> watch.observe(work.name(), work.attempt()));
        List<String> names = active.stream().map(ActiveWork::name).toList();
        workers.retain(names);
        watch.retain(names);
        watch.afterTick();
    }

    /// Looks after one piece of work. A failure of this work alone is logged, and all other work is still looked after.
    private static void apart(ActiveWork work, Runnable look) {
        try {
            look.run();
        } catch (RuntimeException bug) {
            if (Database.isUnavailable(bug)) {
                throw bug;
            }
            LOG.errorf(bug, "work cannot be looked after resource=%s", work.name());
        }
    }

    /// Returns whether a look at the work under its lock would change anything. Most work, most of the time, just goes
    /// on.
    private boolean isDue(ActiveWork work) {
        Optional<Workers.Exit> exit = work.exit(workers);
        Optional<WorkerStatus> status = work.status(workers);
        return endOfCancelled(work, exit, status).isPresent()
                || exit.isEmpty() && !(Placement.of(work, status) instanceof Placement.Same)
                || !(watch.judge(work.name(), work.attempt(), exit, status) instanceof WorkerVerdict.Alive);
    }

    private void supervise(String name) {
        store.transact(() -> store.lock(name)
                        .map(work -> ActiveWork.of(work)
                                .map(active -> judge(work, active))
                                .orElse(work)))
                .filter(Supervised::hasEnded)
                .ifPresent(work -> workers.ensureStopped(name, work.attempt().number()));
    }

    private W judge(W work, ActiveWork active) {
        Optional<Workers.Exit> exit = active.exit(workers);
        Optional<WorkerStatus> status = active.status(workers);
        Optional<String> end = endOfCancelled(active, exit, status);
        if (end.isPresent()) {
            return change(work, active.state().interrupted(false, STOPPED), end.get(), kind.service());
        }
        W placed = exit.isPresent() ? work : place(work, Placement.of(active, status));
        return switch (watch.judge(placed.name(), placed.attempt(), exit, status)) {
            case WorkerVerdict.Alive _ -> placed;
            case WorkerVerdict.Fatal(WorkError why) -> {
                WorkError explained = kind.explained(why, placed);
                yield change(placed, active.state().failed(explained), explained.getMessage(), kind.service());
            }
            case WorkerVerdict.Lost(WorkError why, boolean counted) ->
                counted
                        ? lost(placed, active.state(), why, kind.service())
                        : interrupt(placed, active.state(), why, kind.service());
        };
    }

    /// Returns why cancelled work has ended, if it has: its worker is gone, or is on a machine that does not answer. On
    /// such a machine nobody can stop the worker, and its reports no longer count.
    private static Optional<String> endOfCancelled(
            ActiveWork work, Optional<Workers.Exit> exit, Optional<WorkerStatus> status) {
        if (!(work.state() instanceof WorkState.Cancelling)) {
            return Optional.empty();
        }
        return exit.map(_ -> "the worker has ended")
                .or(() -> status.filter(seen -> seen.kind() == WorkerStatus.Kind.LOST)
                        .map(WorkerStatus::message));
    }

    private W place(W work, Placement placement) {
        return switch (placement) {
            case Placement.Same _ -> work;
            case Placement.Enqueued(WorkState.Starting from, WorkWaiting why) ->
                change(work, from.hold(why), "in the cluster's queue", kind.service());
            case Placement.Admitted(WorkState.Held from) -> admit(work, from);
            case Placement.Shown(Optional<WorkWaiting> waiting) -> {
                W shown = work.waiting(waiting);
                store.update(shown);
                kind.show(shown, clock.instant());
                yield shown;
            }
        };
    }

    private W admit(W work, WorkState.Held held) {
        return change(work, held.admit(), "admitted by the cluster", kind.service());
    }

    /// @return all work that holds a worker now
    private List<ActiveWork> fillPlaces() {
        List<ActiveWork> active = store.active();
        int free = Math.min(places - active.size(), LAUNCHES_OF_A_TICK);
        List<W> next = free > 0 ? store.nextQueued(free) : List.of();
        for (W work : next) {
            if (work.state() instanceof WorkState.Queued queued) {
                W launched = work.with(work.attempt().launched());
                String cause = "attempt " + launched.attempt().number() + " launched";
                change(launched, queued.launch(), cause, kind.service());
            }
        }
        return next.isEmpty() ? active : store.active();
    }

    private void ensureWorker(ActiveWork work) {
        int attempt = work.attempt().number();
        if (work.state() instanceof WorkState.Cancelling) {
            workers.ensureStopped(work.name(), attempt);
        } else if (!workers.isLaunched(work.name(), attempt)) {
            store.find(work.name()).map(kind::spec).ifPresent(workers::ensureLaunched);
        }
    }

    /// Changes the state of stored work. Row, update and event are written together here, and nowhere else. Called in a
    /// transaction.
    public W change(W work, WorkState to, String cause, String actor) {
        Instant now = clock.instant();
        W changed = work.to(to, cause, actor, now);
        store.update(changed);
        kind.announce(changed, now);
        LOG.infof(
                "work changed resource=%s from=%s to=%s attempt=%d",
                work.name(),
                work.state().column(),
                to.column(),
                changed.attempt().number());
        return changed;
    }
}
