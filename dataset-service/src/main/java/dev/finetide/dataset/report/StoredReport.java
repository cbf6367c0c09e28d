package dev.finetide.dataset.report;

import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.work.Supervised;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.ReportTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A report as it is stored.
///
/// @param base base whose tokenizer and loss are measured; empty for a report about the rows alone
record StoredReport(Work<DatasetReport> work, Optional<Base> base) implements Supervised<StoredReport, DatasetReport> {
    private static final int ATTEMPTS = 3;

    /// Makes a new report.
    ///
    /// @param view report with its inputs, without its state
    static StoredReport requested(DatasetReport view, Optional<Base> base, String cause, String actor, Instant now) {
        return new StoredReport(Work.created(view, now), base).to(new WorkState.Queued(), cause, actor, now);
    }

    @Override
    public StoredReport with(Work<DatasetReport> changed) {
        return new StoredReport(changed, base);
    }

    /// Returns the report with other fields of its resource, which an etag must notice.
    StoredReport revised(DatasetReport changed, Instant now) {
        return with(work.revised(changed, now));
    }

    @Override
    public int maxAttempts() {
        return ATTEMPTS;
    }

    /// Returns the state for clients, who see a report RUNNING from the launch of its worker on.
    @Override
    public State shown(WorkState state) {
        return state instanceof WorkState.Starting ? State.RUNNING : state.shown();
    }

    /// Returns the prefix of all blobs of this report, with its closing `/`.
    String blobPrefix() {
        List<String> ids = ResourceType.DATASET_REPORT.ids("name", name());
        return "datasetReports/%s/%s/".formatted(ids.get(0), ids.get(1));
    }

    /// Returns the specification of the current attempt's worker.
    WorkerSpec workerSpec(WorkerSite site, DatasetVersion version) {
        WorkerSpec.Builder spec = site.spec(name(), attempt().number(), blobPrefix())
                .setDatasetVersion(version)
                .setReport(ReportTask.getDefaultInstance())
                .setTraceparent(view().getTraceparent())
                .setTemplateTime(view().getCreateTime());
        base.ifPresent(spec::setBase);
        return spec.build();
    }
}
