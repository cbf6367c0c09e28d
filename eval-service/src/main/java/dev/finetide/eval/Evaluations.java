package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.kit.watch.Feeds;
import dev.finetide.kit.work.SupervisedWork;
import dev.finetide.kit.work.WorkKind;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationResult;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsResponse;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The main path of eval-service: decides about an evaluation from the run that succeeded to the report.
/// [SupervisedWork] launches its workers and judges them. Decisions that only evaluations have are made here, under the
/// evaluation's row lock, and are written in one transaction with their event and their update. Thread-safe, except
/// that only the ticker's thread ticks.
public final class Evaluations implements WorkKind<StoredEvaluation>, Ticker.Task {
    private static final String SERVICE = "eval-service";

    private final EvaluationStore store;
    private final EventPublisher events;
    private final Workers workers;
    private final WorkerSite site;
    private final Clock clock;
    private final SupervisedWork<StoredEvaluation, Evaluation> supervised;

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
        this.site = site;
        this.clock = clock;
        this.supervised = new SupervisedWork<>(this, store, workers, watch, maxConcurrentEvaluations, clock);
    }

    // Events of training-service.

    /// Evaluates a run that succeeded, once.
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
            StoredEvaluation evaluation = StoredEvaluation.requested(name, run, rows, now);
            store.insert(evaluation);
            announce(evaluation, now);
            if (rows == 0 && evaluation.state() instanceof WorkState.Queued queued) {
                WorkError nothing = WorkError.newBuilder()
                        .setReason(WorkReason.INVALID_DATA)
                        .setMessage(run.getDatasetVersion().getName() + " has no test rows to evaluate on")
                        .build();
                supervised.change(evaluation, queued.refuse(nothing), nothing.getMessage(), SERVICE);
            }
            return null;
        });
    }

    // Requests of clients.

    Evaluation get(String name) {
        return supervised.shown(supervised.find(name));
    }

    ListEvaluationsResponse list(ListEvaluationsRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        Page page = Page.of(request.getPageSize(), request.getPageToken());
        List<StoredEvaluation> all = store.list(project, page);
        ListEvaluationsResponse.Builder answer = ListEvaluationsResponse.newBuilder();
        page.shown(all).forEach(evaluation -> answer.addEvaluations(supervised.shown(evaluation)));
        return answer.setNextPageToken(page.nextToken(
                        all,
                        evaluation -> ResourceType.EVALUATION
                                .ids("name", evaluation.name())
                                .get(1)))
                .build();
    }

    /// Cancels the evaluation immediately: no later report of the worker counts.
    Evaluation cancel(CancelEvaluationRequest request) {
        StoredEvaluation cancelled = store.transact(() -> {
            StoredEvaluation evaluation = supervised.lock(request.getName(), request.getEtag());
            return switch (evaluation.state()) {
                case WorkState.Open open -> supervised.change(evaluation, open.cancelAtOnce(), "cancelled", "user");
                case WorkState.Cancelled _ -> evaluation;
                case WorkState.Succeeded _, WorkState.Failed _ ->
                    throw ApiException.illegalState(
                            evaluation.name(), evaluation.view().getState().name(), "cancel");
            };
        });
        if (cancelled.attempt().number() > 0) {
            workers.ensureStopped(cancelled.name(), cancelled.attempt().number());
        }
        return cancelled.view();
    }

    /// Returns updates after a sequence, in order; [Feeds#PAGE] at most.
    List<EvaluationUpdate> updatesAfter(String name, long sequence) {
        return store.updatesAfter(name, sequence, Feeds.PAGE);
    }

    boolean hasEnded(String name) {
        return supervised.find(name).hasEnded();
    }

    // Claims and reports of workers.

    ClaimAttemptResponse claim(ClaimAttemptRequest request) {
        return supervised.claim(request);
    }

    /// Forgets the results of an earlier epoch, because every worker starts from the first row.
    @Override
    public ClaimAttemptResponse claimed(StoredEvaluation claimed) {
        StoredEvaluation begun = claimed;
        if (claimed.view().getResults() > 0) {
            begun = claimed.startedOver(clock.instant());
            store.clearResults(begun.name());
            show(begun, clock.instant());
        }
        store.updateReport(begun);
        return ClaimAttemptResponse.newBuilder()
                .setEpoch(begun.attempt().epoch())
                .build();
    }

    void on(WorkerEvent event) {
        supervised.on(event);
    }

    /// Shows that the evaluation no longer waits. Clients have seen it RUNNING since its launch, so its state does not
    /// change for them.
    @Override
    public void started(StoredEvaluation evaluation, WorkState.Running running, WorkerStarted report) {
        boolean waited = evaluation.view().hasWaiting();
        StoredEvaluation settled = waited ? evaluation.waiting(Optional.empty()) : evaluation;
        StoredEvaluation begun = settled.with(settled.work().unseen(running)).ofRows(report.getTestRows());
        store.update(begun);
        if (waited) {
            show(begun, clock.instant());
        }
    }

    @Override
    public void report(StoredEvaluation evaluation, WorkState.Active state, WorkerEvent event) {
        switch (event.getReportCase()) {
            case RESULTS -> onResults(evaluation, event.getResults().getResultsList());
            case EVALUATION_FINISHED -> onFinished(evaluation, state, event.getEvaluationFinished());
            default ->
                throw new IllegalArgumentException(
                        "an evaluation's worker reports " + event.getReportCase() + ", which is not for evaluations");
        }
    }

    private void onResults(StoredEvaluation evaluation, List<ExampleResult> results) {
        results.forEach(result -> check(evaluation, result));
        List<ExampleResult> fresh = store.addResults(evaluation.name(), results);
        StoredEvaluation answered = evaluation.answered(fresh.size());
        List<EvaluationUpdate> updates = answered.resultUpdates(fresh, clock.instant());
        store.append(evaluation.name(), updates);
        store.updateReport(answered);
        for (EvaluationUpdate update : updates) {
            events.publish(
                    Topics.EVALUATION_RESULTS,
                    evaluation.name(),
                    EvaluationResult.newBuilder()
                            .setEvaluation(evaluation.name())
                            .setSequence(update.getSequence())
                            .setResult(update.getResult())
                            .build());
        }
    }

    private static void check(StoredEvaluation evaluation, ExampleResult result) {
        boolean known = result.getVariant() == Variant.BASE || result.getVariant() == Variant.TUNED;
        if (!known || result.getRow() < 0 || result.getRow() >= evaluation.rows()) {
            throw new IllegalArgumentException("expected a result of BASE or TUNED for a row below %d, got %s row %d"
                    .formatted(evaluation.rows(), result.getVariant(), result.getRow()));
        }
    }

    /// Takes the report of a whole evaluation only, in which both variants have answered every row.
    private void onFinished(StoredEvaluation evaluation, WorkState.Active state, EvaluationReport report) {
        long results = evaluation.view().getResults();
        long total = evaluation.view().getTotalResults();
        boolean whole = results == total
                && report.getBase().getRows() == evaluation.rows()
                && report.getTuned().getRows() == evaluation.rows();
        if (whole) {
            supervised.change(
                    evaluation.with(report),
                    state.finished(),
                    "every row is answered by both variants",
                    SupervisedWork.WORKER);
        } else {
            WorkError missing = WorkError.newBuilder()
                    .setReason(WorkReason.WORKER_FAILED)
                    .setMessage("the worker finished with %d of %d results".formatted(results, total))
                    .build();
            supervised.lost(evaluation, state, missing, SupervisedWork.WORKER);
        }
    }

    // Calls of the ticker.

    @Override
    public void takeOver() {
        supervised.takeOver();
    }

    @Override
    public void tick() {
        supervised.tick();
    }

    // Calls of SupervisedWork.

    @Override
    public ResourceType type() {
        return ResourceType.EVALUATION;
    }

    @Override
    public String service() {
        return SERVICE;
    }

    @Override
    public WorkerSpec spec(StoredEvaluation evaluation) {
        return evaluation.workerSpec(site);
    }

    @Override
    public void announce(StoredEvaluation evaluation, Instant now) {
        show(evaluation, now);
        Traceparent.within(
                evaluation.view().getTrainingRun().getTraceparent(),
                () -> events.publish(Topics.EVALUATION, evaluation.name(), EvaluationEvents.of(evaluation)));
    }

    @Override
    public void show(StoredEvaluation evaluation, Instant now) {
        store.append(evaluation.name(), List.of(evaluation.stateUpdate(now)));
    }

    SupervisedWork<StoredEvaluation, Evaluation> supervised() {
        return supervised;
    }
}
