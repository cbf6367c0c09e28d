package dev.finetide.training;

import dev.finetide.blobs.BlobStore;
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
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.kit.watch.Feeds;
import dev.finetide.kit.work.SupervisedWork;
import dev.finetide.kit.work.WorkKind;
import dev.finetide.kit.work.WorkState;
import dev.finetide.kit.work.WrittenFiles;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.DeleteTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/// The main path of training-service: decides about a run from the request to its one end.
/// [SupervisedWork] launches its workers and judges them. Decisions that only training has are made
/// here, under the run's row lock, and are written in one transaction with their event and their update.
/// Thread-safe, except that only the ticker's thread ticks.
public final class TrainingRuns implements WorkKind<Run>, Ticker.Task {
    private static final Logger LOG = Logger.getLogger(TrainingRuns.class);

    private final RunStore store;
    private final EventPublisher events;
    private final RunCatalog catalog;
    private final ResolvedInputs inputs;
    private final Workers workers;
    private final WorkerSite site;
    private final CheckpointRetention retention;
    private final BlobStore blobs;
    private final Limits limits;
    private final Clock clock;
    private final SupervisedWork<Run, TrainingRun> supervised;

    TrainingRuns(
            RunStore store,
            EventPublisher events,
            RunCatalog catalog,
            Workers workers,
            WorkerWatch watch,
            WorkerSite site,
            CheckpointRetention retention,
            BlobStore blobs,
            Limits limits,
            int maxConcurrentRuns,
            Clock clock) {
        if (maxConcurrentRuns < 1) {
            throw new IllegalArgumentException(
                    "training.max-concurrent-runs: expected 1 or more, got " + maxConcurrentRuns);
        }
        this.store = store;
        this.events = events;
        this.catalog = catalog;
        this.inputs = new ResolvedInputs(catalog, store);
        this.workers = workers;
        this.site = site;
        this.retention = retention;
        this.blobs = blobs;
        this.limits = limits;
        this.clock = clock;
        this.supervised = new SupervisedWork<>(this, store, workers, watch, maxConcurrentRuns, clock);
    }

    // Requests of clients.

    TrainingRun create(CreateTrainingRunRequest request) {
        return create(request, "");
    }

    /// @param finetunerun value of the same field in [TrainingRun]
    TrainingRun create(CreateTrainingRunRequest request, String finetunerun) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        RequestId.check(request.getRequestId());
        Optional<TrainingRun> before = store.answered(request.getRequestId()).map(first -> same(first, request));
        if (before.isPresent()) {
            return before.get();
        }
        String submitter = submitter(request);
        Instant now = clock.instant();
        Run run = Run.requested(
                inputs.of(project, request.getConfig(), now)
                        .setFinetunerun(finetunerun)
                        .setSubmitter(submitter),
                now);
        return store.transact(() -> {
            if (!request.getRequestId().isEmpty()) {
                Optional<Answered> first =
                        store.answer(request.getRequestId(), new Answered(RequestId.digest(request), run.name()));
                if (first.isPresent()) {
                    return same(first.get(), request);
                }
            }
            limits.checkOneMore(Limit.QUEUED_RUNS, project, store.countWaiting(project), "runs that wait");
            store.insert(run);
            announce(run, now);
            return run.view();
        });
    }

    /// Returns who wants a run.
    ///
    /// @throws ApiException PERMISSION_DENIED if a person names another one
    private static String submitter(CreateTrainingRunRequest request) {
        String caller = Identity.actor("user");
        if (request.getSubmitter().isEmpty()) {
            return caller;
        }
        boolean isService = Identity.current()
                .filter(who -> who.kind() == Identity.Kind.SERVICE)
                .isPresent();
        if (!isService && !request.getSubmitter().equals(caller)) {
            throw ApiException.of(
                    ErrorReason.PERMISSION_DENIED,
                    "submitter: only a service may create a run for somebody else",
                    "needs",
                    "service");
        }
        return request.getSubmitter();
    }

    private TrainingRun same(Answered first, CreateTrainingRunRequest request) {
        first.check(RequestId.digest(request), request.getParent());
        return get(first.resource());
    }

    TrainingRun get(String name) {
        return supervised.shown(supervised.find(name));
    }

    Optional<TrainingRun> findByRequestId(String requestId) {
        return store.answered(requestId).map(first -> get(first.resource()));
    }

    /// Maps each FineTuneRun to the run that it asked for, if that run goes on.
    Map<String, String> activeByFineTuneRun() {
        return store.activeByFineTuneRun();
    }

    ListTrainingRunsResponse list(ListTrainingRunsRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        Page page = Page.of(request.getPageSize(), request.getPageToken());
        Page.Rows<Run> runs =
                page.fit(store.list(project, page), run -> run.view().getSerializedSize());
        ListTrainingRunsResponse.Builder answer = ListTrainingRunsResponse.newBuilder();
        runs.shown().forEach(run -> answer.addTrainingRuns(supervised.shown(run)));
        return answer.setNextPageToken(runs.nextToken(
                        run -> ResourceType.TRAINING_RUN.ids("name", run.name()).get(1)))
                .build();
    }

    /// Asks the run's worker to stop. A run that waits is cancelled immediately.
    TrainingRun cancel(CancelTrainingRunRequest request) {
        return store.transact(() -> {
                    Run run = supervised.lock(request.getName(), request.getEtag());
                    return switch (run.state()) {
                        case WorkState.Queued queued ->
                            supervised.change(
                                    run, queued.cancelAtOnce(), "cancelled while it waited", Identity.actor("user"));
                        case WorkState.Working working ->
                            supervised.change(run, working.cancel(), "cancel requested", Identity.actor("user"));
                        case WorkState.Cancelling _, WorkState.Cancelled _ -> run;
                        case WorkState.Succeeded _, WorkState.Failed _ ->
                            throw ApiException.illegalState(
                                    run.name(), run.view().getState().name(), "cancel");
                    };
                })
                .view();
    }

    /// Deletes a run that has ended, and leaves a tombstone. Its blobs go with the ticker.
    TrainingRun delete(DeleteTrainingRunRequest request) {
        RunDeletion.check(supervised.find(request.getName()), store, catalog);
        return store.transact(() -> {
                    Run run = supervised.lock(request.getName(), request.getEtag());
                    if (run.isDeleted()) {
                        return run;
                    }
                    Run tombstone = run.deleted(clock.instant());
                    store.bury(tombstone);
                    store.markSuperseded(run.name());
                    events.publish(Topics.TRAINING, run.name(), RunEvents.deleted(tombstone));
                    return tombstone;
                })
                .view();
    }

    /// Returns updates after a sequence, in order; [Feeds#PAGE] at most.
    List<TrainingRunUpdate> updatesAfter(String name, long sequence) {
        return store.updatesAfter(name, sequence, Feeds.PAGE);
    }

    boolean hasEnded(String name) {
        return supervised.find(name).hasEnded();
    }

    InputStream log(String name, int attempt) throws IOException {
        return workers.log(name, attempt);
    }

    // Claims and reports of workers.

    ClaimAttemptResponse claim(ClaimAttemptRequest request) {
        return supervised.claim(request);
    }

    @Override
    public ClaimAttemptResponse claimed(Run claimed) {
        store.updateReport(claimed);
        ClaimAttemptResponse.Builder answer =
                ClaimAttemptResponse.newBuilder().setEpoch(claimed.attempt().epoch());
        if (!claimed.checkpoints().isEmpty()) {
            answer.setResumeFrom(claimed.checkpoints().getFirst())
                    .addAllEarlierCheckpoints(
                            claimed.checkpoints().stream().skip(1).toList());
        }
        return answer.build();
    }

    void on(WorkerEvent event) {
        supervised.on(event);
    }

    @Override
    public void started(Run run, WorkState.Running running, WorkerStarted started) {
        supervised.change(run.begun(started), running, begins(run, started), SupervisedWork.WORKER);
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

    @Override
    public void report(Run run, WorkState.Active state, WorkerEvent event) {
        switch (event.getReportCase()) {
            case STEP -> onSteps(run, event.getEarlierStepsList(), event.getStep());
            case VALIDATION -> {
                Run validated = run.validated(event.getValidation());
                store.updateReport(validated);
                append(validated.name(), validated.validationUpdate(clock.instant()));
            }
            case CHECKPOINT -> onCheckpoint(run, event.getCheckpoint());
            case TRAINING_FINISHED -> onFinished(run, state, event.getTrainingFinished());
            default ->
                throw new IllegalArgumentException("a training run's worker reports " + event.getReportCase()
                        + ", which is not for training runs");
        }
    }

    /// Makes an update for every step, however many steps a report brings.
    private void onSteps(Run run, List<TrainingProgress> earlier, TrainingProgress last) {
        Run stepped = run;
        for (TrainingProgress step :
                Stream.concat(earlier.stream(), Stream.of(last)).toList()) {
            stepped = stepped.stepped(step);
            append(run.name(), stepped.progressUpdate(clock.instant()));
        }
        store.updateReport(stepped);
    }

    /// Takes a checkpoint, unless no worker could resume from it.
    private void onCheckpoint(Run run, Checkpoint checkpoint) {
        Optional<String> problem = checkpoint.getEpoch() == run.attempt().epoch()
                ? WrittenFiles.problem(checkpoint.getFilesList(), run.attemptPrefix())
                : Optional.of("expected the attempt's epoch, got " + checkpoint.getEpoch());
        if (problem.isPresent()) {
            LOG.warnf("checkpoint refused run=%s step=%d reason=%s", run.name(), checkpoint.getStep(), problem.get());
            store.updateReport(run);
            return;
        }
        Run saved = run.saved(checkpoint);
        store.updateReport(saved);
        append(run.name(), saved.checkpointUpdate(checkpoint, clock.instant()));
        store.markSuperseded(run.name());
    }

    private void onFinished(Run run, WorkState.Active state, TrainingOutput output) {
        WorkState.Ended end = state.finished();
        if (run.isDryRun()) {
            supervised.change(run, end, "dry run: estimated, not trained", SupervisedWork.WORKER);
            return;
        }
        Optional<String> problem = end instanceof WorkState.Succeeded ? problem(run, output) : Optional.empty();
        if (problem.isPresent()) {
            WorkError why = WorkError.newBuilder()
                    .setReason(WorkReason.WORKER_FAILED)
                    .setMessage("the worker's output does not fit: " + problem.get())
                    .build();
            supervised.change(run, state.failed(why), why.getMessage(), SupervisedWork.WORKER);
        } else {
            Run finished = end instanceof WorkState.Succeeded ? run.with(output) : run;
            supervised.change(finished, end, "training finished", SupervisedWork.WORKER);
        }
    }

    private Optional<String> problem(Run run, TrainingOutput output) {
        Optional<String> malformed = WrittenFiles.problem(output, run.attemptPrefix());
        if (malformed.isPresent()) {
            return malformed;
        }
        try {
            return WrittenFiles.absent(output.getFilesList(), blobs);
        } catch (IOException away) {
            // Every reader checks the bytes, so a store that is away for a moment is no reason to lose a run.
            LOG.warnf("output not looked up run=%s reason=%s", run.name(), away.getMessage());
            return Optional.empty();
        }
    }

    // Reports of other services.

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

    // Calls of the ticker.

    @Override
    public void takeOver() {
        supervised.takeOver();
    }

    @Override
    public void tick() {
        supervised.tick();
        retention.apply();
    }

    // Calls of SupervisedWork.

    @Override
    public ResourceType type() {
        return ResourceType.TRAINING_RUN;
    }

    @Override
    public String service() {
        return "training-service";
    }

    @Override
    public WorkerSpec spec(Run run) {
        return run.workerSpec(site);
    }

    @Override
    public void announce(Run run, Instant now) {
        show(run, now);
        if (run.hasEnded() && run.attempt().number() > 0) {
            store.markSuperseded(run.name());
        }
        RunEvents.of(run)
                .ifPresent(event -> Traceparent.within(
                        run.view().getTraceparent(), () -> events.publish(Topics.TRAINING, run.name(), event)));
    }

    @Override
    public void show(Run run, Instant now) {
        append(run.name(), run.stateUpdate(now));
    }

    private void append(String run, TrainingRunUpdate update) {
        store.append(run, List.of(update));
    }

    /// Adds to an out-of-memory error how much memory the worker expected to need, if the worker has
    /// reported it.
    @Override
    public WorkError explained(WorkError why, Run run) {
        long expected = run.view().getEstimate().getPeakMemoryBytes();
        if (why.getReason() != WorkReason.OUT_OF_MEMORY || expected == 0) {
            return why;
        }
        return why.toBuilder()
                .setMessage("%s; the worker expected to need %.1f GiB"
                        .formatted(why.getMessage(), (double) expected / (1L << 30)))
                .build();
    }

    SupervisedWork<Run, TrainingRun> supervised() {
        return supervised;
    }
}
