package dev.finetide.dataset.report;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.proto.dataset.v1.CancelDatasetReportRequest;
import dev.finetide.proto.dataset.v1.CreateDatasetReportRequest;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc.DatasetReportServiceImplBase;
import dev.finetide.proto.dataset.v1.GetDatasetReportRequest;
import dev.finetide.proto.dataset.v1.ListDatasetReportsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetReportsResponse;
import dev.finetide.proto.dataset.v1.ReadFoundRowsRequest;
import dev.finetide.proto.dataset.v1.RowFound;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/// Serves DatasetReportService over gRPC. Decides nothing.
@GrpcService
public class ReportRpc extends DatasetReportServiceImplBase {
    private final RpcFunnel rpc;
    private final DatasetReports reports;
    private final DatasetReports.Inputs inputs;
    private final BlobStore blobs;
    private final Ticker ticker;

    ReportRpc(RpcFunnel rpc, DatasetReports reports, DatasetReports.Inputs inputs, BlobStore blobs, Ticker ticker) {
        this.rpc = rpc;
        this.reports = reports;
        this.inputs = inputs;
        this.blobs = blobs;
        this.ticker = ticker;
    }

    @Override
    @Blocking
    public void createDatasetReport(CreateDatasetReportRequest request, StreamObserver<DatasetReport> observer) {
        rpc.unary(request, observer, () -> nudged(reports.create(request)));
    }

    @Override
    @Blocking
    public void getDatasetReport(GetDatasetReportRequest request, StreamObserver<DatasetReport> observer) {
        rpc.unary(request, observer, () -> reports.get(request.getName()));
    }

    @Override
    @Blocking
    public void listDatasetReports(
            ListDatasetReportsRequest request, StreamObserver<ListDatasetReportsResponse> observer) {
        rpc.unary(request, observer, () -> reports.list(request));
    }

    @Override
    @Blocking
    public void cancelDatasetReport(CancelDatasetReportRequest request, StreamObserver<DatasetReport> observer) {
        rpc.unary(request, observer, () -> nudged(reports.cancel(request)));
    }

    @Override
    public void readFoundRows(ReadFoundRowsRequest request, StreamObserver<RowFound> observer) {
        rpc.watch(request, observer, () -> {
            DatasetReport report = reports.get(request.getName());
            RowSource.requireRows(inputs.versions().apply(report.getDatasetVersion()));
            return FoundRowSource.open(blobs, report, request.getKind());
        });
    }

    /// Returns the report, and makes the ticker look at it as soon as possible.
    private DatasetReport nudged(DatasetReport report) {
        ticker.nudge();
        return report;
    }
}
