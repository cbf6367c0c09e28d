package dev.finetide.dataset.report;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.work.WorkStore;
import dev.finetide.proto.dataset.v1.DatasetReport;
import java.util.List;
import java.util.Optional;

/// Stores reports. There are two implementations: PostgreSQL, and memory for unit tests. A report has
/// no watch, so no updates are appended.
interface ReportStore extends WorkStore<StoredReport, DatasetReport> {
    /// Remembers the answer to a request ([dev.finetide.kit.request.RequestIds]).
    Optional<Answered> answer(String requestId, Answered answer);

    Optional<Answered> answered(String requestId);

    /// Keeps a version from being deleted until this transaction ends. Other transactions that keep it
    /// wait.
    ///
    /// @return whether the version is still there
    boolean keep(String version);

    /// Finds the newest report about a version and a base that has neither failed nor was cancelled.
    ///
    /// @param base empty for a report about the rows alone
    Optional<StoredReport> newest(String version, String base);

    /// Returns the names of all reports about a version.
    List<String> ofVersion(String version);

    /// Returns a page of the reports about a version, newest first, and one more than the page holds if
    /// there are more.
    List<StoredReport> listOfVersion(String version, Page page);

    /// Runs an action once the transaction has committed.
    void afterCommit(Runnable action);
}
