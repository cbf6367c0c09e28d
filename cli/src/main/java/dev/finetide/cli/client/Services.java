package dev.finetide.cli.client;

import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceBlockingStub;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import java.io.PrintWriter;

/// The four services, connected when first called. Close when done.
public final class Services implements AutoCloseable {
    private final ServiceClient<DatasetServiceBlockingStub> datasets;
    private final ServiceClient<TrainingRunServiceBlockingStub> runs;
    private final ServiceClient<EvaluationServiceBlockingStub> evaluations;
    private final ServiceClient<BaseServiceBlockingStub> bases;
    private final ServiceClient<ModelServiceBlockingStub> models;

    /// @param notes where a service that is away for a moment is mentioned
    public Services(Endpoints endpoints, Patience patience, PrintWriter notes) {
        datasets = new ServiceClient<>(
                "dataset-service", endpoints.dataset(), DatasetServiceGrpc::newBlockingStub, patience, notes);
        runs = new ServiceClient<>(
                "training-service", endpoints.training(), TrainingRunServiceGrpc::newBlockingStub, patience, notes);
        evaluations = new ServiceClient<>(
                "eval-service", endpoints.evaluation(), EvaluationServiceGrpc::newBlockingStub, patience, notes);
        bases = new ServiceClient<>(
                "registry-service", endpoints.registry(), BaseServiceGrpc::newBlockingStub, patience, notes);
        models = new ServiceClient<>(
                "registry-service", endpoints.registry(), ModelServiceGrpc::newBlockingStub, patience, notes);
    }

    public ServiceClient<DatasetServiceBlockingStub> datasets() {
        return datasets;
    }

    public ServiceClient<TrainingRunServiceBlockingStub> runs() {
        return runs;
    }

    public ServiceClient<EvaluationServiceBlockingStub> evaluations() {
        return evaluations;
    }

    public ServiceClient<BaseServiceBlockingStub> bases() {
        return bases;
    }

    public ServiceClient<ModelServiceBlockingStub> models() {
        return models;
    }

    @Override
    public void close() {
        datasets.close();
        runs.close();
        evaluations.close();
        bases.close();
        models.close();
    }
}
