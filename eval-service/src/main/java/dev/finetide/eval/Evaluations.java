package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceId;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.kit.watch.Feeds;
import dev.finetide.kit.work.EventProject;
import dev.finetide.kit.work.SupervisedWork;
import dev.finetide.kit.work.WorkKind;
import dev.finetide.kit.work.WorkState;
import dev.finetide.kit.work.WrittenFiles;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsResponse;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The main path of eval-service: decides about an evaluation from its request, or the run that succeeded, to the
/// report. [SupervisedWork] launches its workers and judges them. Decisions that only evaluations have are made here,
/// under the evaluation's row lock, and are written in one transaction with their event and their update. Thread-safe,
/// except that only the ticker's thread ticks.
public final class Evaluations implements WorkKind<StoredEvaluation>, Ticker.Task {
    static final String SERVICE = "eval-service";

    private final EvaluationStore store;
    private final EvaluationInputs inputs;
    private final ModelVersions versions;
    private final EventPublisher events;
    private final Workers workers;
    private final WorkerSite site;
    private final Limits limits;
    private final Clock clock;
    private final SupervisedWork<StoredEvaluation, Evaluation> supervised;
    private final JudgeWork judge;
    private final ArmResults results;

    Evaluations(
            EvaluationStore store,
            EvaluationInputs inputs,
            ModelVersions versions,
            EventPublisher events,
            Workers workers,
            WorkerWatch watch,
            WorkerSite site,
            Limits limits,
            int maxConcurrentEvaluations,
            Clock clock) {
        if (maxConcurrentEvaluations < 1) {
            throw new IllegalArgumentException(
                    "evaluation.max-concurrent-evaluations: expected 1 or more, got " + maxConcurrentEvaluations);
        }
        this.store = store;
        this.inputs = inputs;
        this.versions = versions;
        this.events = events;
        this.workers = workers;
        this.site = site;
        this.limits = limits;
        this.clock = clock;
        this.judge = new JudgeWork(store, clock);
        this.results = new ArmResults(store, events, clock);
        this.supervised = new SupervisedWork<>(this, store, workers, watch, maxConcurrentEvaluations, clock);
    }

    // Events of other services.

    /// Evaluates a run that succeeded, once. No limit of the project holds it: the run itself was
    /// allowed, and its evaluation must not be lost.
    ///
    /// @throws IllegalArgumentException if the files of its output do not fit, or it names another project
    void onSucceeded(TrainingRun run) {
        String project = EventProject.of(run);
        WrittenFiles.requireOutput(run);
        store.transact(() -> {
            if (store.findOfRun(run.getName()).isPresent()) {
                return null;
            }
            Instant now = clock.instant();
            String name = ResourceType.EVALUATION.name(project, ResourceId.next("eval", now));
            StoredEvaluation evaluation = StoredEvaluation.requested(
                    inputs.ofRun(name, run).build(), "the training run succeeded", SERVICE, now);
            insert(evaluation);
            if (evaluation.rows() == 0) {
                refuse(
                        evaluation,
                        WorkReason.INVALID_DATA,
                        run.getDatasetVersion().getName() + " has no test rows to evaluate on");
            } else if (evaluation.goingArms().isEmpty()) {
                EvaluationArm arm = evaluation.view().getArms(0);
                refuse(
                        evaluation,
                        arm.getError().getReason(),
                        "no arm is left: arm %s: %s"
                                .formatted(
                                        arm.getArm().getName(), arm.getError().getMessage()));
            }
            return null;
        });
    }

    /// Ends a new evaluation that cannot be begun.
    private void refuse(StoredEvaluation evaluation, WorkReason reason, String message) {
        WorkError why =
                WorkError.newBuilder().setReason(reason).setMessage(message).build();
        supervised.change(supervised.find(evaluation.name()), new WorkState.Queued().refuse(why), message, SERVICE);
    }

    /// Remembers a version of the registry, links it to the evaluation of its run, and fails the arms of a version that
    /// was revoked meanwhile.
    ///
    /// @throws IllegalArgumentException if it names files that are not those of its run, or another project
    void onModelVersion(ModelVersion version) {
        EventProject.of(version);
        if (version.getFilesCount() > 0) {
            List<String> run = ResourceType.TRAINING_RUN.ids("training_run", version.getTrainingRun());
            WrittenFiles.problem(version.getFilesList(), WrittenFiles.prefixOfRun(run))
                    .ifPresent(problem -> {
                        throw new IllegalArgumentException(version.getName() + ": " + problem);
                    });
        }
        store.transact(() -> {
            versions.save(version);
            store.findOfRun(version.getTrainingRun())
                    .flatMap(evaluation -> store.lock(evaluation.name()))
                    .filter(evaluation -> evaluation.view().getModelVersion().isEmpty())
                    .ifPresent(evaluation -> store.update(evaluation.ofModelVersion(version.getName())));
            if (version.getState() == ModelVersion.State.REVOKED) {
                store.open().forEach(name -> revoke(name, version.getName()));
            }
            return null;
        });
    }

    private void revoke(String name, String version) {
        store.lock(name).ifPresent(evaluation -> {
            for (String arm : Arms.armsOf(evaluation.view(), version)) {
                fail(
                        store.lock(name).orElseThrow(),
                        arm,
                        WorkError.newBuilder()
                                .setReason(WorkReason.BAD_CONFIGURATION)
                                .setMessage(version + " was revoked meanwhile")
                                .build());
            }
        });
    }

    // Requests of clients.

    /// Creates an evaluation.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, RESOURCE_EXISTS, QUOTA_EXCEEDED,
    ///     DEPENDENCY_UNAVAILABLE
    Evaluation create(CreateEvaluationRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        RequestId.check(request.getRequestId());
        Optional<Evaluation> before = store.answered(request.getRequestId()).map(first -> same(first, request));
        if (before.isPresent()) {
            return before.get();
        }
        Instant now = clock.instant();
        String name = ResourceType.EVALUATION.name(project, ResourceId.next("eval", now));
        Evaluation view = inputs.of(project, name, request.getSpec()).build();
        return store.transact(() -> {
            if (!request.getRequestId().isEmpty()) {
                Optional<Answered> first =
                        store.answer(request.getRequestId(), new Answered(RequestId.digest(request), name));
                if (first.isPresent()) {
                    return same(first.get(), request);
                }
            }
            limits.checkOneMore(Limit.QUEUED_RUNS, project, store.countWaiting(project), "evaluations that wait");
            insert(StoredEvaluation.requested(view, "requested", Identity.actor("user"), now));
            return supervised.find(name).view();
        });
    }

    private Evaluation same(Answered first, CreateEvaluationRequest request) {
        first.check(RequestId.digest(request), request.getParent());
        return get(first.resource());
    }

    /// Stores a new evaluation, with the answers that earlier evaluations have for equal arms.
    private void insert(StoredEvaluation evaluation) {
        int looks = 1
                + store.looks(
                        evaluation.view().getDatasetVersion().getDigest(),
                        evaluation.view().getSpec().getSplit());
        StoredEvaluation looked = evaluation.looked(looks);
        store.insert(looked);
        announce(looked, clock.instant());
        if (looked.view().getSpec().getConfig().getReuseAnswers()) {
            results.reuse(looked);
        }
    }

    Evaluation get(String name) {
        return supervised.shown(supervised.find(name));
    }

    /// Returns an evaluation for a caller who watches it. A worker reads there which rows are left,
    /// and its token opens nothing more once the evaluation has ended.
    ///
    /// @throws ApiException RESOURCE_NOT_FOUND, PERMISSION_DENIED
    Evaluation watched(String name) {
        StoredEvaluation evaluation = supervised.find(name);
        boolean isByWorker = Identity.current()
                .filter(caller -> caller.kind() == Identity.Kind.WORKER)
                .isPresent();
        if (isByWorker && !(evaluation.state() instanceof WorkState.Open)) {
            throw ApiException.of(
                    ErrorReason.PERMISSION_DENIED,
                    "the token of the worker is over: " + name + " has ended",
                    "needs",
                    "viewer");
        }
        return supervised.shown(evaluation);
    }

    Optional<Evaluation> ofRun(String trainingRun) {
        return store.findOfRun(trainingRun).map(StoredEvaluation::view);
    }

    /// Finds an evaluation that has succeeded with exactly these settings on the same rows and base.
    Optional<Evaluation> findSucceeded(EvaluationSpec spec, DatasetVersion version, Base base) {
        return store.succeeded(version.getDigest(), spec.getSplit()).stream()
                .map(StoredEvaluation::view)
                .filter(evaluation -> evaluation.getSpec().equals(spec)
                        && evaluation.getBase().getDigest().equals(base.getDigest()))
                .findFirst();
    }

    ListEvaluationsResponse list(ListEvaluationsRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        Page page = Page.of(request.getPageSize(), request.getPageToken());
        ListEvaluationsResponse.Builder answer = ListEvaluationsResponse.newBuilder();
        if (!request.getTrainingRun().isEmpty()) {
            store.findOfRun(request.getTrainingRun())
                    .ifPresent(evaluation -> answer.addEvaluations(supervised.shown(evaluation)));
            return answer.build();
        }
        Page.Rows<StoredEvaluation> all = page.fit(
                store.list(project, page), evaluation -> evaluation.view().getSerializedSize());
        all.shown().forEach(evaluation -> answer.addEvaluations(supervised.shown(evaluation)));
        return answer.setNextPageToken(all.nextToken(evaluation ->
                        ResourceType.EVALUATION.ids("name", evaluation.name()).get(1)))
                .build();
    }

    /// Cancels the evaluation immediately: no later report of the worker counts.
    Evaluation cancel(CancelEvaluationRequest request) {
        StoredEvaluation cancelled = store.transact(() -> {
            StoredEvaluation evaluation = supervised.lock(request.getName(), request.getEtag());
            return switch (evaluation.state()) {
                case WorkState.Open open ->
                    supervised.change(evaluation, open.cancelAtOnce(), "cancelled", Identity.actor("user"));
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

    /// Tells the worker what earlier epochs have answered, so that it goes on with the other rows.
    @Override
    public ClaimAttemptResponse claimed(StoredEvaluation claimed) {
        store.updateReport(claimed);
        return ClaimAttemptResponse.newBuilder()
                .setEpoch(claimed.attempt().epoch())
                .addAllAnswered(store.answeredRows(claimed.name()))
                .addAllJudged(judge.rows(claimed))
                .addAllPreparations(claimed.goingArms().stream()
                        .filter(EvaluationArm::hasPreparation)
                        .map(EvaluationArm::getPreparation)
                        .toList())
                .build();
    }

    void on(WorkerEvent event) {
        supervised.on(event);
    }

    /// Shows the rows that the worker has read, and that the evaluation no longer waits. Clients have seen it RUNNING
    /// since its launch, so its state does not change for them.
    @Override
    public void started(StoredEvaluation evaluation, WorkState.Running running, WorkerStarted report) {
        StoredEvaluation settled = evaluation.view().hasWaiting() ? evaluation.waiting(Optional.empty()) : evaluation;
        StoredEvaluation begun = settled.with(settled.work().unseen(running)).ofRows(report.getEvaluationRows());
        store.update(begun);
        show(begun, clock.instant());
    }

    @Override
    public void report(StoredEvaluation evaluation, WorkState.Active state, WorkerEvent event) {
        switch (event.getReportCase()) {
            case ARM_PREPARED -> onPrepared(evaluation, event.getArmPrepared());
            case ARM_FAILED ->
                fail(
                        evaluation,
                        event.getArmFailed().getArm(),
                        event.getArmFailed().getError());
            case JUDGE -> judge.on(evaluation, event.getJudge());
            case RESULTS -> results.add(evaluation, event.getResults().getResultsList());
            case EVALUATION_FINISHED -> onFinished(evaluation, state, event.getEvaluationFinished());
            default ->
                throw new IllegalArgumentException(
                        "an evaluation's worker reports " + event.getReportCase() + ", which is not for evaluations");
        }
    }

    private void onPrepared(StoredEvaluation evaluation, ArmPreparation preparation) {
        StoredEvaluation prepared = evaluation.prepared(preparation);
        store.update(prepared);
        show(prepared, clock.instant());
    }

    /// Ends an arm; the others go on. Without another arm the evaluation ends.
    private void fail(StoredEvaluation evaluation, String arm, WorkError error) {
        StoredEvaluation failed =
                evaluation.failed(arm, error, store.counts(evaluation.name()).getOrDefault(arm, 0L));
        if (failed.goingArms().isEmpty() && failed.state() instanceof WorkState.Open open) {
            WorkError all = error.toBuilder()
                    .setMessage("no arm is left: arm " + arm + ": " + error.getMessage())
                    .build();
            WorkState ended = switch (open) {
                case WorkState.Queued queued -> queued.refuse(all);
                case WorkState.Active active -> active.failed(all);
            };
            supervised.change(failed, ended, all.getMessage(), SupervisedWork.WORKER);
        } else {
            store.update(failed);
            show(failed, clock.instant());
        }
    }

    /// Makes the report of a whole evaluation only, in which every arm has answered every row or has failed.
    private void onFinished(StoredEvaluation evaluation, WorkState.Active state, EvaluationFinished finished) {
        Map<String, Long> counts = store.counts(evaluation.name());
        boolean whole = evaluation.goingArms().stream()
                .allMatch(arm -> counts.getOrDefault(arm.getArm().getName(), 0L) == arm.getTotalResults());
        if (whole && evaluation.view().hasRows() && judge.isDone(evaluation)) {
            StoredEvaluation reported = evaluation.with(judge.completed(
                    new EvaluationReports(evaluation.view(), store.outcomes(evaluation.name())).report(finished),
                    evaluation));
            store.rememberArms(evaluation.name(), EqualArms.answered(reported.view()));
            supervised.change(reported, state.finished(), "every row is answered by every arm", SupervisedWork.WORKER);
        } else {
            WorkError missing = WorkError.newBuilder()
                    .setReason(WorkReason.WORKER_FAILED)
                    .setMessage("the worker finished with %d of %d results"
                            .formatted(
                                    evaluation.view().getResults(),
                                    evaluation.view().getTotalResults()))
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
        return judge.added(evaluation.workerSpec(site), evaluation);
    }

    @Override
    public void announce(StoredEvaluation evaluation, Instant now) {
        show(evaluation, now);
        Traceparent.within(
                evaluation.view().getTraceparent(),
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
