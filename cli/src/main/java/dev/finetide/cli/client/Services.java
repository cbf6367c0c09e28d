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
    private final Remote<DatasetServiceBlockingStub> datasets;
    private final Remote<TrainingRunServiceBlockingStub> runs;
    private final Remote<EvaluationServiceBlockingStub> evaluations;
    private final Remote<BaseServiceBlockingStub> bases;
    private final Remote<ModelServiceBlockingStub> models;

    /// @param notes where a service that is away for a moment is mentioned
    public Services(Endpoints endpoints, Patience patience, PrintWriter notes) {
        datasets = new Remote<>(
                "dataset-service", endpoints.dataset(), DatasetServiceGrpc::newBlockingStub, patience, notes);
        runs = new Remote<>(
                "training-service", endpoints.training(), TrainingRunServiceGrpc::newBlockingStub, patience, notes);
        evaluations = new Remote<>(
                "eval-service", endpoints.evaluation(), EvaluationServiceGrpc::newBlockingStub, patience, notes);
        bases = new Remote<>(
                "registry-service", endpoints.registry(), BaseServiceGrpc::newBlockingStub, patience, notes);
        models = new Remote<>(
                "registry-service", endpoints.registry(), ModelServiceGrpc::newBlockingStub, patience, notes);
    }

    public Remote<DatasetServiceBlockingStub> datasets() {
        return datasets;
    }

    public Remote<TrainingRunServiceBlockingStub> runs() {
        return runs;
    }

    public Remote<EvaluationServiceBlockingStub> evaluations() {
        return evaluations;
    }

    public Remote<BaseServiceBlockingStub> bases() {
        return bases;
    }

    public Remote<ModelServiceBlockingStub> models() {
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
