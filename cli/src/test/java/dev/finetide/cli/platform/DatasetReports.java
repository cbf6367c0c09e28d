package dev.finetide.cli.platform;

import dev.finetide.proto.dataset.v1.CreateDatasetReportRequest;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc.DatasetReportServiceImplBase;
import dev.finetide.proto.dataset.v1.GetDatasetReportRequest;
import dev.finetide.proto.dataset.v1.ReadFoundRowsRequest;
import dev.finetide.proto.dataset.v1.RowFound;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Stand-in for dataset-service's reports: each look shows the next stage, and the last one stays.
public final class DatasetReports extends DatasetReportServiceImplBase {
    public final List<CreateDatasetReportRequest> requests = new CopyOnWriteArrayList<>();
    public final List<DatasetReport> stages = new CopyOnWriteArrayList<>();
    public final List<RowFound> found = new CopyOnWriteArrayList<>();

    /// Number of rows after which the next stream breaks; 0 for none.
    public final AtomicInteger breakAfterRows = new AtomicInteger();

    private final AtomicInteger looks = new AtomicInteger();

    @Override
    public void createDatasetReport(CreateDatasetReportRequest request, StreamObserver<DatasetReport> observer) {
        requests.add(request);
        answer(observer);
    }

    @Override
    public void getDatasetReport(GetDatasetReportRequest request, StreamObserver<DatasetReport> observer) {
        answer(observer);
    }

    private void answer(StreamObserver<DatasetReport> observer) {
        observer.onNext(stages.get(Math.min(stages.size() - 1, looks.getAndIncrement())));
        observer.onCompleted();
    }

    @Override
    public void readFoundRows(ReadFoundRowsRequest request, StreamObserver<RowFound> observer) {
        List<RowFound> rows = new ArrayList<>(found);
        rows.removeIf(row -> row.getKind() != request.getKind());
        int most = breakAfterRows.getAndSet(0);
        rows.stream().limit(most == 0 ? rows.size() : most).forEach(observer::onNext);
        if (most > 0) {
            observer.onError(Status.UNAVAILABLE.asRuntimeException());
        } else {
            observer.onCompleted();
        }
    }
}
