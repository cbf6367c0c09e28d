package dev.finetide.dataset.report;

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
import dev.finetide.kit.work.SupervisedWork;
import dev.finetide.kit.work.WorkKind;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.dataset.v1.CancelDatasetReportRequest;
import dev.finetide.proto.dataset.v1.CreateDatasetReportRequest;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ListDatasetReportsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetReportsResponse;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.ReportFinished;
import dev.finetide.proto.worker.v1.ReportProgress;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Decides about reports on the suitability of dataset versions: one is made for each version that is
/// published, and others with a base when a client asks. [SupervisedWork] launches the workers, which
/// send a report section by section. Thread-safe, except that only the ticker's thread ticks.
public final class DatasetReports implements WorkKind<StoredReport>, Ticker.Task {
    static final String SERVICE = "dataset-service";

    /// Finds what reports are made of.
    ///
    /// @param versions finds a version, or its tombstone, by a name with a number, a tag or "latest";
    ///     throws ApiException RESOURCE_NOT_FOUND
    /// @param bases    finds a base; throws ApiException RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    public record Inputs(Function<String, DatasetVersion> versions, Function<String, Base> bases) {}

    private final ReportStore store;
    private final Inputs inputs;
    private final EventPublisher events;
    private final Workers workers;
    private final WorkerSite site;
    private final ReportSettings settings;
    private final Consumer<DatasetReport> changed;
    private final Limits limits;
    private final Clock clock;
    private final SupervisedWork<StoredReport, DatasetReport> supervised;

    /// @param changed receives each report whose state has changed, after the commit
    DatasetReports(
            ReportStore store,
            Inputs inputs,
            EventPublisher events,
            Workers workers,
            WorkerWatch watch,
            WorkerSite site,
            ReportSettings settings,
            Consumer<DatasetReport> changed,
            Limits limits,
            Clock clock) {
        if (settings.atOnce() < 1) {
            throw new IllegalArgumentException("dataset.reports.at-once: expected 1 or more, got " + settings.atOnce());
        }
        this.store = store;
        this.inputs = inputs;
        this.events = events;
        this.workers = workers;
        this.site = site;
        this.settings = settings;
        this.changed = changed;
        this.limits = limits;
        this.clock = clock;
        this.supervised = new SupervisedWork<>(this, store, workers, watch, settings.atOnce(), clock);
    }

    // Publications and deletions of this service.

    /// Requests the report about a version that is being published. A set of documents gets none: its
    /// passages have neither questions nor answers. No limit of the project holds it. Called in the
    /// transaction of the publication.
    public void onPublished(DatasetVersion version) {
        if (settings.onPublication() && version.getRowFormat() != RowFormat.DOCUMENTS) {
            insert(version, Optional.empty(), "the version was published", SERVICE);
        }
    }

    /// Ends the reports about a version that is being deleted, and forgets what they have from its
    /// rows. The files go with the next collection of blobs. Called in the transaction of the deletion.
    public void onDeleted(String version) {
        for (String name : store.ofVersion(version)) {
            store.lock(name).ifPresent(report -> {
                StoredReport ended = report.state() instanceof WorkState.Open open
                        ? supervised.change(report, open.cancelAtOnce(), "the dataset version was deleted", SERVICE)
                        : report;
                DatasetReport bare =
                        TextlessReport.of(ended.view().toBuilder().clearFiles().build());
                store.update(ended.revised(bare, clock.instant()));
                if (report.state() instanceof WorkState.Active) {
                    store.afterCommit(
                            () -> workers.ensureStopped(name, report.attempt().number()));
                }
            });
        }
    }

    // Requests of clients.

    /// Creates a report, or returns the one that exists.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, RESOURCE_EXISTS, ILLEGAL_STATE,
    ///     DEPENDENCY_UNAVAILABLE
    DatasetReport create(CreateDatasetReportRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        RequestId.check(request.getRequestId());
        Optional<DatasetReport> before = store.answered(request.getRequestId()).map(first -> same(first, request));
        if (before.isPresent()) {
            return before.get();
        }
        DatasetVersion version = version("dataset_version", project, request.getDatasetVersion());
        Optional<Base> base = request.getBase().isEmpty()
                ? Optional.empty()
                : Optional.of(inputs.bases().apply(request.getBase()));
        return store.transact(() -> {
            if (!store.keep(version.getName())) {
                throw ApiException.illegalState(version.getName(), "deleted", "report on");
            }
            // The version's lock is held: the answer of a call at the same time is committed by now, or comes later.
            Optional<DatasetReport> meanwhile =
                    store.answered(request.getRequestId()).map(first -> same(first, request));
            if (meanwhile.isPresent()) {
                return meanwhile.get();
            }
            Optional<StoredReport> known =
                    request.getAgain() ? Optional.empty() : store.newest(version.getName(), request.getBase());
            StoredReport report = known.orElseGet(() -> {
                limits.checkOneMore(Limit.QUEUED_RUNS, project, store.countWaiting(project), "reports that wait");
                return insert(version, base, "requested", Identity.actor("user"));
            });
            if (!request.getRequestId().isEmpty()) {
                store.answer(request.getRequestId(), new Answered(RequestId.digest(request), report.name()))
                        .ifPresent(first -> first.check(RequestId.digest(request), request.getParent()));
            }
            return supervised.shown(report);
        });
    }

    private DatasetReport same(Answered first, CreateDatasetReportRequest request) {
        first.check(RequestId.digest(request), request.getParent());
        return get(first.resource());
    }

    private DatasetVersion version(String field, String project, String name) {
        List<String> ids = ResourceType.DATASET_VERSION.ids(field, name);
        if (!ids.getFirst().equals(project)) {
            throw ApiException.invalidField(field, "expected a version of project " + project);
        }
        DatasetVersion version = inputs.versions().apply(name);
        if (version.hasDeleteTime()) {
            throw ApiException.illegalState(version.getName(), "deleted", "report on");
        }
        if (version.getRowFormat() == RowFormat.DOCUMENTS) {
            throw ApiException.invalidField(
                    field, version.getName() + " holds documents, which have no questions and answers to look at");
        }
        return version;
    }

    /// Stores a new report. A report with a base begins with the sections of the report about the rows
    /// alone.
    private StoredReport insert(DatasetVersion version, Optional<Base> base, String cause, String actor) {
        Instant now = clock.instant();
        String project =
                ResourceType.DATASET_VERSION.ids("name", version.getName()).getFirst();
        DatasetReport.Builder view = DatasetReport.newBuilder()
                .setName(ResourceType.DATASET_REPORT.name(project, ResourceId.next("report", now)))
                .setDatasetVersion(version.getName())
                .setDigest(version.getDigest())
                .setTraceparent(Traceparent.current());
        base.ifPresent(named -> {
            view.setBase(named.getName());
            store.newest(version.getName(), "")
                    .map(StoredReport::view)
                    .ifPresent(alone -> view.setReport(withoutVerdict(alone)).addAllFiles(alone.getFilesList()));
        });
        StoredReport report = StoredReport.requested(view.build(), base, cause, actor, now);
        store.insert(report);
        announce(report, now);
        return report;
    }

    private static SuitabilityReport withoutVerdict(DatasetReport alone) {
        SuitabilityReport.Builder report = alone.getReport().toBuilder()
                .clearVerdict()
                .clearDone()
                .clearSeconds()
                .clearUnmeasured();
        alone.getReport().getDoneList().stream()
                .filter(kind -> kind != ReportSection.VERDICT)
                .forEach(report::addDone);
        alone.getReport().getUnmeasuredList().stream()
                .filter(unmeasured -> unmeasured.getSection() != ReportSection.VERDICT)
                .forEach(report::addUnmeasured);
        return report.build();
    }

    DatasetReport get(String name) {
        return supervised.shown(supervised.find(name));
    }

    ListDatasetReportsResponse list(ListDatasetReportsRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        Page page = Page.of(request.getPageSize(), request.getPageToken());
        List<StoredReport> found = request.getDatasetVersion().isEmpty()
                ? store.list(project, page)
                : store.listOfVersion(
                        inputs.versions().apply(request.getDatasetVersion()).getName(), page);
        Page.Rows<StoredReport> shown = page.fit(found, report -> report.view().getSerializedSize());
        return ListDatasetReportsResponse.newBuilder()
                .addAllDatasetReports(shown.shown().stream()
                        .map(report -> TextlessReport.of(supervised.shown(report)))
                        .toList())
                .setNextPageToken(shown.nextToken(report ->
                        ResourceType.DATASET_REPORT.ids("name", report.name()).get(1)))
                .build();
    }

    /// Cancels the report immediately: no later section of its worker counts.
    DatasetReport cancel(CancelDatasetReportRequest request) {
        StoredReport cancelled = store.transact(() -> {
            StoredReport report = supervised.lock(request.getName(), "");
            return switch (report.state()) {
                case WorkState.Open open ->
                    supervised.change(report, open.cancelAtOnce(), "cancelled", Identity.actor("user"));
                case WorkState.Cancelled _ -> report;
                case WorkState.Succeeded _, WorkState.Failed _ ->
                    throw ApiException.illegalState(
                            report.name(), report.view().getState().name(), "cancel");
            };
        });
        if (cancelled.attempt().number() > 0) {
            workers.ensureStopped(cancelled.name(), cancelled.attempt().number());
        }
        return cancelled.view();
    }

    // Claims and reports of workers.

    ClaimAttemptResponse claim(ClaimAttemptRequest request) {
        return supervised.claim(request);
    }

    /// Tells the worker which sections there are, so that it makes the others.
    @Override
    public ClaimAttemptResponse claimed(StoredReport claimed) {
        store.updateReport(claimed);
        return ClaimAttemptResponse.newBuilder()
                .setEpoch(claimed.attempt().epoch())
                .setReportSoFar(claimed.view().getReport())
                .addAllBaseLosses(claimed.view().getBaseLossesList())
                .build();
    }

    void on(WorkerEvent event) {
        supervised.on(event);
    }

    @Override
    public void started(StoredReport report, WorkState.Running running, WorkerStarted started) {
        StoredReport settled = report.view().hasWaiting() ? report.waiting(Optional.empty()) : report;
        store.update(settled.with(settled.work().unseen(running)));
    }

    @Override
    public void report(StoredReport report, WorkState.Active state, WorkerEvent event) {
        switch (event.getReportCase()) {
            case REPORT_PROGRESS -> onSection(report, event.getReportProgress());
            case BASE_LOSSES ->
                store.update(
                        report.with(report.work().with(ReportParts.measured(report.view(), event.getBaseLosses()))));
            case REPORT_FINISHED -> onFinished(report, state, event.getReportFinished());
            default ->
                throw new IllegalArgumentException(
                        "a report's worker reports " + event.getReportCase() + ", which is not for reports");
        }
    }

    private void onSection(StoredReport report, ReportProgress progress) {
        String prefix = report.blobPrefix() + "attempts/" + report.attempt().epoch() + "/";
        store.update(report.revised(ReportParts.with(report.view(), progress, prefix), clock.instant()));
    }

    private void onFinished(StoredReport report, WorkState.Active state, ReportFinished finished) {
        StoredReport timed = report.with(report.work().with(ReportParts.took(report.view(), finished.getSeconds())));
        if (ReportParts.isWhole(report.view())) {
            supervised.change(timed, state.finished(), "every section is made", SupervisedWork.WORKER);
        } else {
            WorkError missing = WorkError.newBuilder()
                    .setReason(WorkReason.WORKER_FAILED)
                    .setMessage("the worker finished with %d sections, without the last one"
                            .formatted(report.view().getReport().getDoneCount()))
                    .build();
            supervised.lost(timed, state, missing, SupervisedWork.WORKER);
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
        return ResourceType.DATASET_REPORT;
    }

    @Override
    public String service() {
        return SERVICE;
    }

    @Override
    public WorkerSpec spec(StoredReport report) {
        return report.workerSpec(site, inputs.versions().apply(report.view().getDatasetVersion()));
    }

    @Override
    public void announce(StoredReport report, Instant now) {
        DatasetReport view = report.view();
        store.afterCommit(() -> changed.accept(view));
        if (report.state() instanceof WorkState.Succeeded) {
            DatasetEvent.Builder event = DatasetEvent.newBuilder();
            event.getDatasetReportReadyBuilder().setDatasetReport(TextlessReport.of(view));
            Traceparent.within(
                    view.getTraceparent(),
                    () -> events.publish(Topics.DATASET, view.getDatasetVersion(), event.build()));
        }
    }

    /// Does nothing: reports have no watch, and every get shows what they wait for.
    @Override
    public void show(StoredReport report, Instant now) {}

    SupervisedWork<StoredReport, DatasetReport> supervised() {
        return supervised;
    }
}
