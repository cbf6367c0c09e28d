package dev.finetide.dataset.report;

import dev.finetide.kit.metric.WorkMeters;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.work.v1.State;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Consumer;

/// Counts reports from their changes of state. No label carries a report, or anything of its rows.
///
/// Invariants: those of [WorkMeters]. Workers of reports count as no GPU pods. Alerts: `FinetideReportsFailing`,
/// `FinetideReportsLate`.
final class ReportMeters implements Consumer<DatasetReport> {
    private final WorkMeters work;

    ReportMeters(Database database, MeterRegistry meters) {
        this.work = new WorkMeters(database, meters, "dataset_report", "Dataset reports", State.RUNNING);
    }

    @Override
    public void accept(DatasetReport report) {
        work.count(
                report.getHistoryList(),
                report.getHistory(report.getHistoryCount() - 1).getActor());
    }
}
