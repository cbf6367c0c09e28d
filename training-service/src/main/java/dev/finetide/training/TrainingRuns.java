package dev.finetide.training;

import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.attempt.Fate;
import dev.finetide.kit.attempt.Place;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.kit.watch.Feeds;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.RunError;
import dev.finetide.proto.training.v1.RunWaiting;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/// The main path of training-service: what becomes of a run, from the request to its one end. Every decision is made
/// here, under the run's row lock, and written in one transaction with its event and its update. Thread-safe, except
/// that only the ticker's thread ticks.
public final class TrainingRuns implements Ticker.Work {
    private static final Logger LOG = Logger.getLogger(TrainingRuns.class);
    private static final String SERVICE = "training-service";
    private static final String WORKER = "worker";
    private static final String USER = "user";

    /// They are one transaction, and the next tick comes soon.
    private static final int LAUNCHES_OF_A_TICK = 100;

    private static final RunError STOPPED = RunError.newBuilder()
            .setReason("WORKER_LOST")
            .setMessage("the worker was asked to stop")
            .build();

    private final RunStore store;
    private final EventPublisher events;
    private final Ingredients ingredients;
    private final Workers workers;
    private final WorkerWatch watch;
    private final WorkerSite site;
    private final CheckpointRetention retention;
    private final int maxConcurrentRuns;
    private final Clock clock;

    TrainingRuns(
            RunStore store,
            EventPublisher events,
            Catalog catalog,
            Workers workers,
            WorkerWatch watch,
            WorkerSite site,
            CheckpointRetention retention,
            int maxConcurrentRuns,
            Clock clock) {
        if (maxConcurrentRuns < 1) {
            throw new IllegalArgumentException(
                    "training.max-concurrent-runs: expected 1 or more, got " + maxConcurrentRuns);
        }
        this.store = store;
        this.events = events;
        this.ingredients = new Ingredients(catalog, store);
        this.workers = workers;
        this.watch = watch;
        this.site = site;
        this.retention = retention;
        this.maxConcurrentRuns = maxConcurrentRuns;
        this.clock = clock;
    }

    // What clients ask for.

    TrainingRun create(CreateTrainingRunRequest request) {
        return create(request, "");
    }

    /// @param finetunerun as in [TrainingRun]
    TrainingRun create(CreateTrainingRunRequest request, String finetunerun) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        RequestId.check(request.getRequestId());
        Optional<TrainingRun> before = store.answered(request.getRequestId()).map(first -> same(first, request));
        if (before.isPresent()) {
            return before.get();
        }
        Instant now = clock.instant();
        Run run =
                Run.requested(ingredients.of(project, request.getConfig(), now).setFinetunerun(finetunerun), now);
        return store.transact(() -> {
            if (!request.getRequestId().isEmpty()) {
                Optional<Answered> first =
                        store.answer(request.getRequestId(), new Answered(RequestId.digest(request), run.name()));
                if (first.isPresent()) {
                    return same(first.get(), request);
                }
            }
            store.insert(run);
            announce(run, now);
            return run.view();
        });
    }

    private TrainingRun same(Answered first, CreateTrainingRunRequest request) {
        first.check(RequestId.digest(request));
        return get(first.resource());
    }

    TrainingRun get(String name) {
        return RunPlace.shown(find(name), workers);
    }

    /// The run that this request made.
    Optional<TrainingRun> of(String requestId) {
        return store.answered(requestId).map(first -> get(first.resource()));
    }

    /// FineTuneRun → the run that it asked for, where that goes on.
    Map<String, String> ofFineTuneRuns() {
        return store.ofFineTuneRuns();
    }

    private Run find(String name) {
        return store.find(ResourceType.TRAINING_RUN.check("name", name)).orElseThrow(() -> ApiException.notFound(name));
    }

    ListTrainingRunsResponse list(ListTrainingRunsRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        Page page = Page.of(request.getPageSize(), request.getPageToken());
        List<Run> runs = store.list(project, page);
        ListTrainingRunsResponse.Builder answer = ListTrainingRunsResponse.newBuilder();
        page.shown(runs).forEach(run -> answer.addTrainingRuns(RunPlace.shown(run, workers)));
        return answer.setNextPageToken(page.nextToken(
                        runs,
                        run -> ResourceType.TRAINING_RUN.ids("name", run.name()).get(1)))
                .build();
    }

    TrainingRun cancel(CancelTrainingRunRequest request) {
        String name = ResourceType.TRAINING_RUN.check("name", request.getName());
        return store.transact(() -> {
                    Run run = store.lock(name).orElseThrow(() -> ApiException.notFound(name));
                    ApiException.checkEtag(name, request.getEtag(), run.view().getEtag());
                    return switch (run.state()) {
                        case RunState.Queued queued -> change(run, queued.cancel(), "cancelled while it waited", USER);
                        case RunState.Working working -> change(run, working.cancel(), "cancel requested", USER);
                        case RunState.Cancelling _, RunState.Cancelled _ -> run;
                        case RunState.Succeeded _, RunState.Failed _ ->
                            throw ApiException.illegalState(
                                    name, run.view().getState().name(), "cancel");
                    };
                })
                .view();
    }

    /// Updates after a sequence, in order; [Feeds#PAGE] at most.
    List<TrainingRunUpdate> updatesAfter(String name, long sequence) {
        return store.updatesAfter(name, sequence, Feeds.PAGE);
    }

    boolean hasEnded(String name) {
        return find(name).hasEnded();
    }

    InputStream log(String name, int attempt) throws IOException {
        return workers.log(name, attempt);
    }

    // What workers say.

    /// A worker process asks to be the one writer of its run.
    ClaimAttemptResponse claim(ClaimAttemptRequest request) {
        String name = ResourceType.TRAINING_RUN.check("resource", request.getResource());
        return store.transact(() -> {
            Run run = store.lock(name).orElseThrow(() -> ApiException.notFound(name));
            if (!(run.state() instanceof RunState.Working)
                    || request.getAttempt() != run.attempt().number()) {
                throw ApiException.staleAttempt(
                        name,
                        run.view().getState().name(),
                        request.getAttempt(),
                        run.attempt().number());
            }
            Run claimed = run.with(run.attempt().claimed(clock.instant()));
            store.updateReport(claimed);
            ClaimAttemptResponse.Builder answer =
                    ClaimAttemptResponse.newBuilder().setEpoch(claimed.attempt().epoch());
            if (!claimed.checkpoints().isEmpty()) {
                answer.setResumeFrom(claimed.checkpoints().getFirst())
                        .addAllEarlierCheckpoints(
                                claimed.checkpoints().stream().skip(1).toList());
            }
            return answer.build();
        });
    }

    /// A worker's report. One that does not come from the newest epoch of an active run, or was seen before, changes
    /// nothing.
    void on(WorkerEvent event) {
        if (!ResourceType.TRAINING_RUN.matches(event.getResource())) {
            return; // eval-service's
        }
        store.transact(() -> {
            store.lock(event.getResource()).ifPresent(run -> {
                if (run.state() instanceof RunState.Active active
                        && run.attempt().accepts(event.getEpoch(), event.getSequence())) {
                    Attempt heard = run.attempt().heard(event.getSequence(), clock.instant());
                    report(run.with(heard), active, event);
                } else {
                    LOG.debugf(
                            "late report refused run=%s epoch=%d sequence=%d",
                            run.name(), event.getEpoch(), event.getSequence());
                }
            });
            return null;
        });
    }

    private void report(Run run, RunState.Active state, WorkerEvent event) {
        Instant now = clock.instant();
        switch (event.getReportCase()) {
            case STARTED -> {
                if (state instanceof RunState.Held held) {
                    report(change(run, held.admit(), "admitted by the cluster", SERVICE), held.admit(), event);
                } else if (state instanceof RunState.Starting starting) {
                    RunState.Running running = starting.started();
                    Run begun = change(run.begun(event.getStarted()), running, begins(run, event.getStarted()), WORKER);
                    if (run.view().getConfig().getDryRun()) {
                        change(begun, running.cancel(), "dry run: estimated, not trained", SERVICE);
                    }
                } else {
                    store.updateReport(run);
                }
            }
            case HEARTBEAT -> store.updateReport(run);
            case STEP -> {
                Run progressed = run;
                for (TrainingProgress earlier : event.getEarlierStepsList()) {
                    progressed = progressed(progressed, earlier, now);
                }
                store.updateReport(progressed(progressed, event.getStep(), now));
            }
            case VALIDATION -> {
                Run validated = run.validated(event.getValidation());
                store.updateReport(validated);
                store.append(run.name(), validated.validationUpdate(now));
            }
            case CHECKPOINT -> {
                Run saved = run.saved(event.getCheckpoint());
                store.updateReport(saved);
                store.append(run.name(), saved.checkpointUpdate(event.getCheckpoint(), now));
                store.markSuperseded(run.name());
            }
            case TRAINING_FINISHED ->
                change(run, state.finished(event.getTrainingFinished()), "training finished", WORKER);
            case FAILED -> {
                RunError error = event.getFailed().getError();
                if (event.getFailed().getRetryable()) {
                    interrupted(run.with(run.attempt().lost()), state, error, WORKER);
                } else {
                    change(run, state.failed(error), error.getReason(), WORKER);
                }
            }
            // Whoever asked it to stop: that costs the run no attempt.
            case STOPPED -> interrupted(run, state, STOPPED, WORKER);
            case RESULTS, EVALUATION_FINISHED, REPORT_NOT_SET ->
                throw new IllegalArgumentException("a training run's worker reports " + event.getReportCase()
                        + ", which is not for training runs");
        }
    }

    /// Every step has an update of its own, however many a report brought.
    private Run progressed(Run run, TrainingProgress step, Instant now) {
        Run progressed = run.progressed(step);
        store.append(run.name(), progressed.progressUpdate(now));
        return progressed;
    }

    private static String begins(Run run, WorkerStarted started) {
        StringBuilder cause =
                new StringBuilder("attempt " + run.attempt().number() + " runs on " + started.getDevice());
        if (started.getResumedFromStep() > 0) {
            cause.append(", from step ").append(started.getResumedFromStep());
        }
        started.getRefusedCheckpointsList()
                .forEach(refused -> cause.append("; not used: ").append(refused));
        return cause.toString();
    }

    private Run interrupted(Run run, RunState.Active state, RunError why, String actor) {
        boolean retry = run.attempt().losses() < run.maxAttempts();
        return change(run, state.interrupted(retry, why), why.getMessage(), actor);
    }

    // What other services say.

    void linkEvaluation(String run, String evaluation) {
        link(run, TrainingRun.newBuilder().setEvaluation(evaluation).build());
    }

    void linkModelVersion(String run, String modelVersion) {
        link(run, TrainingRun.newBuilder().setModelVersion(modelVersion).build());
    }

    private void link(String name, TrainingRun links) {
        store.transact(() -> {
            store.lock(name).ifPresent(run -> store.update(run.linked(links, clock.instant())));
            return null;
        });
    }

    // What time says.

    @Override
    public void takeOver() {
        workers.forget();
    }

    /// Looks after the workers, fills free places from the queue, and launches what is committed.
    @Override
    public void tick() {
        watch.beforeTick();
        store.active().stream().filter(this::isDue).forEach(run -> supervise(run.name()));
        List<ActiveRun> active = store.transact(this::fillPlaces);
        active.forEach(this::ensureWorker);
        workers.retain(active.stream().map(ActiveRun::name).toList());
        watch.afterTick();
        retention.apply();
    }

    /// Whether a look at it under its lock would change anything: most runs, most of the time, just go on.
    private boolean isDue(ActiveRun run) {
        Optional<Workers.Exit> exit = workers.exit(run.name(), run.attempt().number());
        Optional<Standing> standing = run.standing(workers);
        return run.state() instanceof RunState.Cancelling && (exit.isPresent() || RunPlace.isLost(standing))
                || exit.isEmpty() && !(run.place(standing, clock.instant()) instanceof Place.Same)
                || !(watch.judge(run.attempt(), exit, standing) instanceof Fate.Alive);
    }

    private void supervise(String name) {
        store.transact(() -> store.lock(name).map(this::judge))
                .filter(Run::hasEnded)
                .ifPresent(run -> workers.ensureStopped(name, run.attempt().number()));
    }

    private Run judge(Run run) {
        return ActiveRun.of(run).map(active -> judge(run, active)).orElse(run);
    }

    private Run judge(Run run, ActiveRun seen) {
        RunState.Active active = seen.state();
        Optional<Workers.Exit> exit = workers.exit(run.name(), run.attempt().number());
        Optional<Standing> standing = seen.standing(workers);
        if (active instanceof RunState.Cancelling && exit.isPresent()) {
            return change(run, active.interrupted(false, STOPPED), "the worker has ended", SERVICE);
        }
        // Nobody can stop it there, and nothing that it says is heard any more.
        if (active instanceof RunState.Cancelling && RunPlace.isLost(standing)) {
            return change(
                    run, active.interrupted(false, STOPPED), standing.get().message(), SERVICE);
        }
        Run placed = exit.isPresent() ? run : placed(run, seen.place(standing, clock.instant()));
        return switch (watch.judge(placed.attempt(), exit, standing)) {
            case Fate.Alive _ -> placed;
            case Fate.Broken(RunError why) -> {
                RunError explained = RunPlace.withEstimate(why, placed);
                yield change(placed, active.failed(explained), explained.getMessage(), SERVICE);
            }
            case Fate.Gone(RunError why, boolean counted) ->
                interrupted(counted ? placed.with(placed.attempt().lost()) : placed, active, why, SERVICE);
        };
    }

    private Run placed(Run run, Place<RunState> place) {
        return switch (place) {
            case Place.Same<RunState> _ -> run;
            case Place.Moved<RunState>(Attempt attempt, RunState to, String cause) ->
                change(run.with(attempt), to, cause, SERVICE);
            case Place.Shown<RunState>(Optional<RunWaiting> waiting) -> {
                Run shown = run.waiting(waiting);
                store.update(shown);
                store.append(shown.name(), shown.stateUpdate(clock.instant()));
                yield shown;
            }
        };
    }

    /// @return all that hold a worker now
    private List<ActiveRun> fillPlaces() {
        List<ActiveRun> active = store.active();
        int places = Math.min(maxConcurrentRuns - active.size(), LAUNCHES_OF_A_TICK);
        List<Run> next = places > 0 ? store.nextQueued(places) : List.of();
        for (Run run : next) {
            if (run.state() instanceof RunState.Queued queued) {
                Run launched = run.with(run.attempt().launched(clock.instant()));
                change(
                        launched,
                        queued.launch(),
                        "attempt " + launched.attempt().number() + " launched",
                        SERVICE);
            }
        }
        return next.isEmpty() ? active : store.active();
    }

    private void ensureWorker(ActiveRun run) {
        int attempt = run.attempt().number();
        if (run.state() instanceof RunState.Cancelling) {
            workers.ensureStopped(run.name(), attempt);
        } else if (!workers.isLaunched(run.name(), attempt)) {
            store.find(run.name()).map(full -> full.workerSpec(site)).ifPresent(workers::ensureLaunched);
        }
    }

    /// The one way a stored run changes its state: row, update and event together.
    private Run change(Run run, RunState to, String cause, String actor) {
        Instant now = clock.instant();
        Run changed = run.to(to, cause, actor, now);
        store.update(changed);
        if (changed.hasEnded() && changed.attempt().number() > 0) {
            store.markSuperseded(changed.name());
        }
        announce(changed, now);
        LOG.infof(
                "run changed run=%s from=%s to=%s attempt=%d",
                run.name(), run.view().getState(), to.shown(), changed.attempt().number());
        return changed;
    }

    private void announce(Run run, Instant now) {
        store.append(run.name(), run.stateUpdate(now));
        RunEvents.of(run)
                .ifPresent(event -> Traceparent.within(
                        run.view().getTraceparent(), () -> events.publish(Topics.TRAINING, run.name(), event)));
    }
}
