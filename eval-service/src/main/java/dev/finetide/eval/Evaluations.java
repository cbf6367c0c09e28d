package dev.finetide.eval;

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
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.kit.watch.Feeds;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationResult;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsResponse;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.training.v1.RunError;
import dev.finetide.proto.training.v1.RunWaiting;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// The main path of eval-service: what becomes of an evaluation, from the run that succeeded to its report. Every
/// decision is made here, under the evaluation's row lock, and written in one transaction with its event and its
/// update. Thread-safe, except that only the ticker's thread ticks.
public final class Evaluations implements Ticker.Work {
    private static final Logger LOG = Logger.getLogger(Evaluations.class);
    private static final String SERVICE = "eval-service";
    private static final String WORKER = "worker";

    private final EvaluationStore store;
    private final EventPublisher events;
    private final Workers workers;
    private final WorkerWatch watch;
    private final WorkerSite site;
    private final int maxConcurrentEvaluations;
    private final Clock clock;

    Evaluations(
            EvaluationStore store,
            EventPublisher events,
            Workers workers,
            WorkerWatch watch,
            WorkerSite site,
            int maxConcurrentEvaluations,
            Clock clock) {
        if (maxConcurrentEvaluations < 1) {
            throw new IllegalArgumentException(
                    "evaluation.max-concurrent-evaluations: expected 1 or more, got " + maxConcurrentEvaluations);
        }
        this.store = store;
        this.events = events;
        this.workers = workers;
        this.watch = watch;
        this.site = site;
        this.maxConcurrentEvaluations = maxConcurrentEvaluations;
        this.clock = clock;
    }

    // What training-service says.

    /// Every run that succeeded is evaluated, once.
    void onSucceeded(TrainingRun run) {
        List<String> ids = ResourceType.TRAINING_RUN.ids("training_run.name", run.getName());
        String name = ResourceType.EVALUATION.name(ids.get(0), ids.get(1));
        long testRows = run.getDatasetVersion().getTestRows();
        long rows = run.getConfig().getEvaluation().hasMaxRows()
                ? Math.min(testRows, run.getConfig().getEvaluation().getMaxRows())
                : testRows;
        store.transact(() -> {
            if (store.find(name).isPresent()) {
                return null;
            }
            Instant now = clock.instant();
            Trial trial = Trial.requested(name, run, rows, now);
            store.insert(trial);
            announce(trial, now);
            if (rows == 0 && trial.state() instanceof EvaluationState.Queued queued) {
                RunError nothing =
                        error("INVALID_DATA", run.getDatasetVersion().getName() + " has no test rows to evaluate on");
                change(trial, queued.refuse(nothing), nothing.getMessage(), SERVICE);
            }
            return null;
        });
    }

    // What clients ask for.

    Evaluation get(String name) {
        return TrialPlace.shown(find(name), workers);
    }

    private Trial find(String name) {
        return store.find(ResourceType.EVALUATION.check("name", name)).orElseThrow(() -> ApiException.notFound(name));
    }

    ListEvaluationsResponse list(ListEvaluationsRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        Page page = Page.of(request.getPageSize(), request.getPageToken());
        List<Trial> trials = store.list(project, page);
        ListEvaluationsResponse.Builder answer = ListEvaluationsResponse.newBuilder();
        page.shown(trials).forEach(trial -> answer.addEvaluations(TrialPlace.shown(trial, workers)));
        return answer.setNextPageToken(page.nextToken(
                        trials,
                        trial -> ResourceType.EVALUATION
                                .ids("name", trial.name())
                                .get(1)))
                .build();
    }

    /// Takes effect at once: whatever the worker still says is refused.
    Evaluation cancel(CancelEvaluationRequest request) {
        String name = ResourceType.EVALUATION.check("name", request.getName());
        Trial cancelled = store.transact(() -> {
            Trial trial = store.lock(name).orElseThrow(() -> ApiException.notFound(name));
            ApiException.checkEtag(name, request.getEtag(), trial.view().getEtag());
            return switch (trial.state()) {
                case EvaluationState.Open open -> change(trial, open.cancel(), "cancelled", "user");
                case EvaluationState.Cancelled _ -> trial;
                case EvaluationState.Succeeded _, EvaluationState.Failed _ ->
                    throw ApiException.illegalState(
                            name, trial.view().getState().name(), "cancel");
            };
        });
        if (cancelled.attempt().number() > 0) {
            workers.ensureStopped(name, cancelled.attempt().number());
        }
        return cancelled.view();
    }

    /// Updates after a sequence, in order; [Feeds#PAGE] at most.
    List<EvaluationUpdate> updatesAfter(String name, long sequence) {
        return store.updatesAfter(name, sequence, Feeds.PAGE);
    }

    boolean hasEnded(String name) {
        return find(name).hasEnded();
    }

    // What workers say.

    /// A worker process asks to be the one writer of its evaluation. It starts from the first row.
    ClaimAttemptResponse claim(ClaimAttemptRequest request) {
        String name = ResourceType.EVALUATION.check("resource", request.getResource());
        return store.transact(() -> {
            Trial trial = store.lock(name).orElseThrow(() -> ApiException.notFound(name));
            if (!(trial.state() instanceof EvaluationState.Active)
                    || request.getAttempt() != trial.attempt().number()) {
                throw ApiException.staleAttempt(
                        name,
                        trial.view().getState().name(),
                        request.getAttempt(),
                        trial.attempt().number());
            }
            Instant now = clock.instant();
            Trial claimed = trial.with(trial.attempt().claimed(now));
            if (trial.view().getResults() > 0) {
                claimed = claimed.startedOver(now);
                store.clearResults(name);
                store.append(name, List.of(claimed.stateUpdate(now)));
            }
            store.updateReport(claimed);
            return ClaimAttemptResponse.newBuilder()
                    .setEpoch(claimed.attempt().epoch())
                    .build();
        });
    }

    /// A worker's report. One that does not come from the newest epoch of a running evaluation, or was seen before,
    /// changes nothing.
    void on(WorkerEvent event) {
        if (!ResourceType.EVALUATION.matches(event.getResource())) {
            return; // training-service's
        }
        store.transact(() -> {
            store.lock(event.getResource()).ifPresent(trial -> {
                if (trial.state() instanceof EvaluationState.Active active
                        && trial.attempt().accepts(event.getEpoch(), event.getSequence())) {
                    report(trial.with(trial.attempt().heard(event.getSequence(), clock.instant())), active, event);
                } else {
                    LOG.debugf(
                            "late report refused evaluation=%s epoch=%d sequence=%d",
                            trial.name(), event.getEpoch(), event.getSequence());
                }
            });
            return null;
        });
    }

    private void report(Trial trial, EvaluationState.Active active, WorkerEvent event) {
        switch (event.getReportCase()) {
            case STARTED, HEARTBEAT -> store.updateReport(trial);
            case RESULTS -> answered(trial, event.getResults().getResultsList());
            case EVALUATION_FINISHED -> finished(trial, active, event.getEvaluationFinished());
            case FAILED -> {
                RunError error = event.getFailed().getError();
                if (event.getFailed().getRetryable()) {
                    interrupted(trial.with(trial.attempt().lost()), active, error, WORKER);
                } else {
                    change(trial, active.failed(error), error.getReason(), WORKER);
                }
            }
            // Whoever asked it to stop: that costs the evaluation no attempt.
            case STOPPED -> interrupted(trial, active, error("WORKER_LOST", "the worker was asked to stop"), WORKER);
            case STEP, VALIDATION, CHECKPOINT, TRAINING_FINISHED, REPORT_NOT_SET ->
                throw new IllegalArgumentException(
                        "an evaluation's worker reports " + event.getReportCase() + ", which is not for evaluations");
        }
    }

    private void answered(Trial trial, List<ExampleResult> results) {
        results.forEach(result -> check(trial, result));
        Instant now = clock.instant();
        List<ExampleResult> fresh = store.addResults(trial.name(), results);
        Trial answered = trial.answered(fresh.size());
        List<EvaluationUpdate> updates = answered.resultUpdates(fresh, now);
        store.append(trial.name(), updates);
        store.updateReport(answered);
        for (EvaluationUpdate update : updates) {
            events.publish(
                    Topics.EVALUATION_RESULTS,
                    trial.name(),
                    EvaluationResult.newBuilder()
                            .setEvaluation(trial.name())
                            .setSequence(update.getSequence())
                            .setResult(update.getResult())
                            .build());
        }
    }

    private static void check(Trial trial, ExampleResult result) {
        boolean known = result.getVariant() == Variant.BASE || result.getVariant() == Variant.TUNED;
        if (!known || result.getRow() < 0 || result.getRow() >= trial.rows()) {
            throw new IllegalArgumentException("expected a result of BASE or TUNED for a row below %d, got %s row %d"
                    .formatted(trial.rows(), result.getVariant(), result.getRow()));
        }
    }

    /// Only a whole evaluation counts: every row by both variants.
    private void finished(Trial trial, EvaluationState.Active active, EvaluationReport report) {
        boolean whole = trial.view().getResults() == trial.view().getTotalResults()
                && report.getBase().getRows() == trial.rows()
                && report.getTuned().getRows() == trial.rows();
        if (whole) {
            change(trial, active.finished(report), "every row is answered by both variants", WORKER);
        } else {
            String missing = "the worker finished with %d of %d results"
                    .formatted(trial.view().getResults(), trial.view().getTotalResults());
            interrupted(trial.with(trial.attempt().lost()), active, error("WORKER_FAILED", missing), WORKER);
        }
    }

    private Trial interrupted(Trial trial, EvaluationState.Active active, RunError why, String actor) {
        boolean retry = trial.attempt().losses() < trial.maxAttempts();
        return change(trial, active.interrupted(retry, why), why.getMessage(), actor);
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
        store.active().stream().filter(this::isDue).forEach(trial -> supervise(trial.name()));
        List<Trial> active = store.transact(this::fillPlaces);
        active.forEach(trial -> workers.ensureLaunched(spec(trial)));
        workers.retain(active.stream().map(Trial::name).toList());
        watch.afterTick();
    }

    /// Whether a look at it under its lock would change anything: most, most of the time, just go on.
    private boolean isDue(Trial trial) {
        Optional<Workers.Exit> exit = workers.exit(trial.name(), trial.attempt().number());
        Optional<Standing> standing = TrialPlace.standing(trial, workers);
        return exit.isEmpty() && !(TrialPlace.of(trial, standing, clock.instant()) instanceof Place.Same)
                || !(watch.judge(trial.attempt(), exit, standing) instanceof Fate.Alive);
    }

    private void supervise(String name) {
        Optional<Trial> after = store.transact(() -> store.lock(name).map(this::judge));
        after.filter(Trial::hasEnded)
                .ifPresent(trial -> workers.ensureStopped(name, trial.attempt().number()));
    }

    private Trial judge(Trial trial) {
        if (!(trial.state() instanceof EvaluationState.Active active)) {
            return trial;
        }
        Optional<Workers.Exit> exit = workers.exit(trial.name(), trial.attempt().number());
        Optional<Standing> standing = TrialPlace.standing(trial, workers);
        Trial placed = exit.isPresent() ? trial : placed(trial, standing);
        return switch (watch.judge(placed.attempt(), exit, standing)) {
            case Fate.Alive _ -> placed;
            case Fate.Broken(RunError why) -> change(placed, active.failed(why), why.getMessage(), SERVICE);
            case Fate.Gone(RunError why, boolean counted) ->
                interrupted(counted ? placed.with(placed.attempt().lost()) : placed, active, why, SERVICE);
        };
    }

    private Trial placed(Trial trial, Optional<Standing> standing) {
        return switch (TrialPlace.of(trial, standing, clock.instant())) {
            case Place.Same<EvaluationState> _ -> trial;
            case Place.Moved<EvaluationState>(Attempt attempt, EvaluationState to, String cause) ->
                change(trial.with(attempt), to, cause, SERVICE);
            case Place.Shown<EvaluationState>(Optional<RunWaiting> waiting) -> {
                Trial shown = trial.waiting(waiting);
                store.update(shown);
                store.append(shown.name(), List.of(shown.stateUpdate(clock.instant())));
                yield shown;
            }
        };
    }

    /// @return all that hold a worker now
    private List<Trial> fillPlaces() {
        List<Trial> active = store.active();
        int places = maxConcurrentEvaluations - active.size();
        List<Trial> next = places > 0 ? store.nextQueued(places) : List.of();
        for (Trial trial : next) {
            if (trial.state() instanceof EvaluationState.Queued queued) {
                Trial launched = trial.with(trial.attempt().launched(clock.instant()));
                change(
                        launched,
                        queued.launch(),
                        "attempt " + launched.attempt().number() + " launched",
                        SERVICE);
            }
        }
        return next.isEmpty() ? active : store.active();
    }

    private WorkerSpec spec(Trial trial) {
        List<String> ids = ResourceType.EVALUATION.ids("name", trial.name());
        TrainingRun run = trial.view().getTrainingRun();
        return site.spec(trial.name(), trial.attempt().number(), "evaluations/%s/%s/".formatted(ids.get(0), ids.get(1)))
                .setBase(run.getBase())
                .setDatasetVersion(run.getDatasetVersion())
                .setEvaluate(
                        EvaluateTask.newBuilder().setConfig(run.getConfig()).setOutput(run.getOutput()))
                .setTraceparent(run.getTraceparent())
                .build();
    }

    /// The one way a stored evaluation changes its state: row, update and event together.
    private Trial change(Trial trial, EvaluationState to, String cause, String actor) {
        Instant now = clock.instant();
        Trial changed = trial.to(to, cause, actor, now);
        store.update(changed);
        announce(changed, now);
        LOG.infof(
                "evaluation changed evaluation=%s from=%s to=%s attempt=%d",
                trial.name(),
                trial.view().getState(),
                to.shown(),
                changed.attempt().number());
        return changed;
    }

    private void announce(Trial trial, Instant now) {
        store.append(trial.name(), List.of(trial.stateUpdate(now)));
        Traceparent.within(
                trial.view().getTrainingRun().getTraceparent(),
                () -> events.publish(Topics.EVALUATION, trial.name(), EvaluationEvents.of(trial)));
    }

    private static RunError error(String reason, String message) {
        return RunError.newBuilder().setReason(reason).setMessage(message).build();
    }
}
