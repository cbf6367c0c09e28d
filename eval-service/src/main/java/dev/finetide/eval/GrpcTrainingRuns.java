package dev.finetide.eval;

import dev.finetide.kit.catalog.Dependency;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Asks training-service over gRPC.
final class GrpcTrainingRuns implements TrainingRuns, AutoCloseable {
    private static final String SERVICE = "training-service";
    private static final int RECENT = 1000;

    private final ManagedChannel channel;

    /// @param endpoint host:port
    GrpcTrainingRuns(String endpoint, ClientInterceptor... interceptors) {
        this.channel = Dependency.channel(endpoint, interceptors);
    }

    private TrainingRunServiceBlockingStub service() {
        return TrainingRunServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(Dependency.DEADLINE_S, TimeUnit.SECONDS);
    }

    @Override
    public TrainingRun create(CreateTrainingRunRequest request) {
        try {
            return Dependency.ask(
                    SERVICE,
                    request.getConfig().getDatasetVersion(),
                    () -> service().createTrainingRun(request));
        } catch (StatusRuntimeException refused) {
            ErrorReason reason = GrpcErrors.hasReason(refused, ErrorReason.QUOTA_EXCEEDED)
                    ? ErrorReason.QUOTA_EXCEEDED
                    : ErrorReason.INVALID_FIELD;
            throw ApiException.of(reason, refused.getStatus().getDescription());
        }
    }

    @Override
    public TrainingRun get(String name) {
        return Dependency.ask(
                SERVICE,
                name,
                () -> service()
                        .getTrainingRun(
                                GetTrainingRunRequest.newBuilder().setName(name).build()));
    }

    @Override
    public List<TrainingRun> recent(String parent) {
        return Dependency.ask(
                SERVICE,
                parent,
                () -> service()
                        .listTrainingRuns(ListTrainingRunsRequest.newBuilder()
                                .setParent(parent)
                                .setPageSize(RECENT)
                                .build())
                        .getTrainingRunsList());
    }

    @Override
    public void cancel(String name) {
        try {
            Dependency.ask(
                    SERVICE,
                    name,
                    () -> service()
                            .cancelTrainingRun(CancelTrainingRunRequest.newBuilder()
                                    .setName(name)
                                    .build()));
        } catch (StatusRuntimeException refused) {
            if (refused.getStatus().getCode() != Status.Code.FAILED_PRECONDITION) {
                throw refused;
            }
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
