package dev.finetide.dataset.report;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.work.InMemoryWorkStore;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.dataset.v1.DatasetReport;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Stores reports in memory.
final class InMemoryReportStore extends InMemoryWorkStore<StoredReport, DatasetReport> implements ReportStore {
    final Set<String> deleted = new HashSet<>();
    private final Map<String, Answered> requests = new HashMap<>();

    InMemoryReportStore() {
        super(ResourceType.DATASET_REPORT, _ -> 0);
    }

    @Override
    public Optional<Answered> answer(String requestId, Answered answer) {
        return Optional.ofNullable(requests.putIfAbsent(RequestIds.caller() + requestId, answer));
    }

    @Override
    public Optional<Answered> answered(String requestId) {
        return Optional.ofNullable(requests.get(RequestIds.caller() + requestId));
    }

    @Override
    public boolean keep(String version) {
        return !deleted.contains(version);
    }

    @Override
    public Optional<StoredReport> newest(String version, String base) {
        return about(version)
                .filter(report -> report.view().getBase().equals(base))
                .filter(report ->
                        !(report.state() instanceof WorkState.Failed || report.state() instanceof WorkState.Cancelled))
                .findFirst();
    }

    @Override
    public List<String> ofVersion(String version) {
        return about(version).map(StoredReport::name).toList();
    }

    @Override
    public List<StoredReport> listOfVersion(String version, Page page) {
        return about(version).limit(page.size() + 1L).toList();
    }

    private Stream<StoredReport> about(String version) {
        return all().stream()
                .filter(report -> report.view().getDatasetVersion().equals(version))
                .sorted(Comparator.comparing(StoredReport::name).reversed());
    }

    @Override
    public void afterCommit(Runnable action) {
        action.run();
    }
}
