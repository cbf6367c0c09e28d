package dev.finetide.training;

import dev.finetide.kit.error.Rpc;
import dev.finetide.kit.launch.StandInAttempt;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceImplBase;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceImplBase;
import dev.finetide.proto.model.v1.GetBaseRequest;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;

/// What training-service needs beside broker and database: the services it asks, and a worker's program.
public final class TrainingParts implements QuarkusTestResourceLifecycleManager {
    private Server server;

    @Override
    public Map<String, String> start() {
        FakeCatalog catalog = new FakeCatalog();
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                    .addService(new Datasets(catalog))
                    .addService(new Bases(catalog))
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String endpoint = "127.0.0.1:" + server.getPort();
        return Map.of(
                "finetide.dataset.endpoint",
                endpoint,
                "finetide.registry.endpoint",
                endpoint,
                "training.tick-every",
                "200ms",
                "finetide.worker.command",
                StandInAttempt.command(StandInWorker.class));
    }

    @Override
    public void stop() {
        server.shutdownNow();
    }

    private static final class Datasets extends DatasetServiceImplBase {
        private final Catalog catalog;

        Datasets(Catalog catalog) {
            this.catalog = catalog;
        }

        @Override
        public void getDatasetVersion(GetDatasetVersionRequest request, StreamObserver<DatasetVersion> observer) {
            Rpc.answer(request, observer, () -> catalog.datasetVersion(request.getName()));
        }
    }

    private static final class Bases extends BaseServiceImplBase {
        private final Catalog catalog;

        Bases(Catalog catalog) {
            this.catalog = catalog;
        }

        @Override
        public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
            Rpc.answer(request, observer, () -> catalog.base(request.getName()));
        }
    }
}
