package dev.finetide.dataset.report;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkTable;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.model.v1.Base;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Stores reports in PostgreSQL.
final class PostgresReportStore extends WorkTable<StoredReport, DatasetReport, DatasetReport> implements ReportStore {
    private final Database database;
    private final RequestIds requests;

    PostgresReportStore(Database database) {
        super(
                database,
                "dataset_report",
                ResourceType.DATASET_REPORT,
                DatasetReport.parser(),
                DatasetReport.parser(),
                _ -> 0,
                _ -> {});
        this.database = database;
        this.requests = new RequestIds(database);
    }

    @Override
    protected Map<String, Object> fixedColumns(StoredReport report) {
        Map<String, Object> columns = new HashMap<>();
        columns.put("dataset_version", report.view().getDatasetVersion());
        columns.put("base", report.view().getBase());
        columns.put("base_body", report.base().map(Base::toByteArray).orElse(null));
        return columns;
    }

    @Override
    protected Map<String, Object> reportedColumns(StoredReport report) {
        return Map.of();
    }

    @Override
    protected StoredReport read(Work<DatasetReport> work, ResultSet row) throws SQLException {
        return new StoredReport(work, StoredMessage.find(row, "base_body", Base.parser()));
    }

    @Override
    public Optional<Answered> answer(String requestId, Answered answer) {
        return requests.answer(requestId, answer);
    }

    @Override
    public Optional<Answered> answered(String requestId) {
        return requests.answered(requestId);
    }

    @Override
    public boolean keep(String version) {
        return database.with(handle -> handle.createQuery("""
                        select deleted_at is null from dataset_versions
                        where dataset || '/versions/' || number = :version
                        and dataset = substr(:version, 1, strpos(:version, '/versions/') - 1) for update""")
                .bind("version", version)
                .mapTo(Boolean.class)
                .findOne()
                .orElse(false));
    }

    @Override
    public Optional<StoredReport> newest(String version, String base) {
        return select("""
                        where dataset_version = :version and base = :base and state not in ('FAILED', 'CANCELLED')
                        order by create_time desc, id desc limit 1""", query -> query.bind("version", version).bind("base", base)).stream()
                .findFirst();
    }

    @Override
    public List<String> ofVersion(String version) {
        return database.with(
                handle -> handle.select("select name from dataset_reports where dataset_version = ?", version)
                        .mapTo(String.class)
                        .list());
    }

    @Override
    public List<StoredReport> listOfVersion(String version, Page page) {
        return page(
                page,
                """
                where dataset_version = :version and (cast(:after as text) is null or id < :after)
                order by id desc""",
                query -> query.bind("version", version)
                        .bind("after", page.after().orElse(null)));
    }

    @Override
    public void afterCommit(Runnable action) {
        database.afterCommit(action);
    }
}
