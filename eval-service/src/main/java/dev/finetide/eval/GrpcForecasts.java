package dev.finetide.eval;

import dev.finetide.kit.catalog.Dependency;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc;
import dev.finetide.proto.dataset.v1.ListDatasetReportsRequest;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.proto.work.v1.State;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Asks dataset-service over gRPC.
final class GrpcForecasts implements Forecasts, AutoCloseable {
    private static final String SERVICE = "dataset-service";
    private static final int NEWEST = 20;

    private final ManagedChannel channel;

    /// @param endpoint host:port
    GrpcForecasts(String endpoint, ClientInterceptor... interceptors) {
        this.channel = Dependency.channel(endpoint, interceptors);
    }

    @Override
    public Optional<SuitabilityVerdict> verdict(String datasetVersion) {
        String[] parts = datasetVersion.split("/", -1);
        ListDatasetReportsRequest request = ListDatasetReportsRequest.newBuilder()
                .setParent(parts[0] + "/" + parts[1])
                .setDatasetVersion(datasetVersion)
                .setPageSize(NEWEST)
                .build();
        try {
            return Dependency.ask(
                    SERVICE,
                    datasetVersion,
                    () -> DatasetReportServiceGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(Dependency.DEADLINE_S, TimeUnit.SECONDS)
                            .listDatasetReports(request)
                            .getDatasetReportsList()
                            .stream()
                            .filter(report -> report.getState() == State.SUCCEEDED
                                    && report.getBase().isEmpty()
                                    && report.getReport().hasVerdict())
                            .findFirst()
                            .map(DatasetReport::getReport)
                            .map(report -> report.getVerdict()));
        } catch (StatusRuntimeException refused) {
            // Advice rests on measurements: it does not fail for want of a forecast.
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
