package dev.finetide.cli.client;

import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc.DatasetReportServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc.AdviceServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceBlockingStub;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import dev.finetide.proto.project.v1.ProjectServiceGrpc;
import dev.finetide.proto.project.v1.ProjectServiceGrpc.ProjectServiceBlockingStub;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import java.io.PrintWriter;
import java.util.function.Supplier;

/// Clients of the four services. A service is connected when it is first called. Close when done.
public final class Services implements AutoCloseable {
    private final ServiceClient<DatasetServiceBlockingStub> datasets;
    private final ServiceClient<DatasetReportServiceBlockingStub> reports;
    private final ServiceClient<TrainingRunServiceBlockingStub> runs;
    private final ServiceClient<EvaluationServiceBlockingStub> evaluations;
    private final ServiceClient<AdviceServiceBlockingStub> advice;
    private final ServiceClient<BaseServiceBlockingStub> bases;
    private final ServiceClient<ModelServiceBlockingStub> models;
    private final ServiceClient<ProjectServiceBlockingStub> projects;

    /// @param tokens what the caller proves itself with
    /// @param channels opens the connections
    /// @param notes receives a line when a service is unreachable for a moment
    public Services(Endpoints endpoints, Tokens tokens, Channels channels, Timeouts timeouts, PrintWriter notes) {
        this(() -> endpoints, tokens, channels, timeouts, notes);
    }

    /// @param endpoints the addresses now: a stack that was stopped may start again with others
    Services(Supplier<Endpoints> endpoints, Tokens tokens, Channels channels, Timeouts timeouts, PrintWriter notes) {
        datasets = new ServiceClient<>(
                "dataset-service",
                () -> endpoints.get().dataset(),
                tokens,
                channels,
                DatasetServiceGrpc::newBlockingStub,
                timeouts,
                notes);
        reports = new ServiceClient<>(
                "dataset-service",
                () -> endpoints.get().dataset(),
                tokens,
                channels,
                DatasetReportServiceGrpc::newBlockingStub,
                timeouts,
                notes);
        runs = new ServiceClient<>(
                "training-service",
                () -> endpoints.get().training(),
                tokens,
                channels,
                TrainingRunServiceGrpc::newBlockingStub,
                timeouts,
                notes);
        evaluations = new ServiceClient<>(
                "eval-service",
                () -> endpoints.get().evaluation(),
                tokens,
                channels,
                EvaluationServiceGrpc::newBlockingStub,
                timeouts,
                notes);
        advice = new ServiceClient<>(
                "eval-service",
                () -> endpoints.get().evaluation(),
                tokens,
                channels,
                AdviceServiceGrpc::newBlockingStub,
                timeouts,
                notes);
        bases = new ServiceClient<>(
                "registry-service",
                () -> endpoints.get().registry(),
                tokens,
                channels,
                BaseServiceGrpc::newBlockingStub,
                timeouts,
                notes);
        models = new ServiceClient<>(
                "registry-service",
                () -> endpoints.get().registry(),
                tokens,
                channels,
                ModelServiceGrpc::newBlockingStub,
                timeouts,
                notes);
        projects = new ServiceClient<>(
                "registry-service",
                () -> endpoints.get().registry(),
                tokens,
                channels,
                ProjectServiceGrpc::newBlockingStub,
                timeouts,
                notes);
    }

    public ServiceClient<DatasetServiceBlockingStub> datasets() {
        return datasets;
    }

    public ServiceClient<DatasetReportServiceBlockingStub> reports() {
        return reports;
    }

    public ServiceClient<TrainingRunServiceBlockingStub> runs() {
        return runs;
    }

    public ServiceClient<EvaluationServiceBlockingStub> evaluations() {
        return evaluations;
    }

    public ServiceClient<AdviceServiceBlockingStub> advice() {
        return advice;
    }

    public ServiceClient<BaseServiceBlockingStub> bases() {
        return bases;
    }

    public ServiceClient<ModelServiceBlockingStub> models() {
        return models;
    }

    public ServiceClient<ProjectServiceBlockingStub> projects() {
        return projects;
    }

    @Override
    public void close() {
        datasets.close();
        reports.close();
        runs.close();
        evaluations.close();
        advice.close();
        bases.close();
        models.close();
        projects.close();
    }
}
