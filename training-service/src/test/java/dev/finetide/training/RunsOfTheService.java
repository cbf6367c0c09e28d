package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;

import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import io.grpc.ManagedChannel;
import jakarta.inject.Inject;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Opens a channel to the service under test, and leaves no run behind: other tests of this service count them.
abstract class RunsOfTheService {
    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @Inject
    Database database;

    ManagedChannel channel;

    @BeforeEach
    void open() {
        channel = TestCallers.channel(port);
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
        await().until(() -> database.with(
                        handle -> handle.createQuery("""
                        select count(*) from runs where state in ('QUEUED', 'HELD', 'STARTING', 'RUNNING', 'CANCELLING')""").mapTo(Long.class).one())
                == 0);
    }

    TrainingRunServiceBlockingStub service() {
        return TrainingRunServiceGrpc.newBlockingStub(channel);
    }

    TrainingRun create(TrainingConfig.Builder config) {
        return service().createTrainingRun(Stage.request(config.build()).build());
    }

    void cancel(String run) {
        service()
                .cancelTrainingRun(
                        CancelTrainingRunRequest.newBuilder().setName(run).build());
    }
}
