package dev.finetide.training;

import dev.finetide.kit.launch.StandInAttempt;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.rpc.RequestRules;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.kit.rpc.Stopping;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceImplBase;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceImplBase;
import dev.finetide.proto.model.v1.GetBaseRequest;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;

/// Gives training-service what it needs besides broker and database: stand-ins of the services that it calls, and a
/// worker's program.
public final class TrainingParts implements QuarkusTestResourceLifecycleManager {
    private Server server;

    @Override
    public Map<String, String> start() {
        FakeCatalog catalog = new FakeCatalog();
        RpcFunnel rpc = new RpcFunnel(
                new RequestRules(), new SimpleMeterRegistry(), new Stopping(), new Slots(TestLimits.none()));
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                    .addService(new Datasets(rpc, catalog))
                    .addService(new Bases(rpc, catalog))
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
        private final RpcFunnel rpc;
        private final RunCatalog catalog;

        Datasets(RpcFunnel rpc, RunCatalog catalog) {
            this.rpc = rpc;
            this.catalog = catalog;
        }

        @Override
        public void getDatasetVersion(GetDatasetVersionRequest request, StreamObserver<DatasetVersion> observer) {
            rpc.unary(request, observer, () -> catalog.datasetVersion(request.getName()));
        }
    }

    private static final class Bases extends BaseServiceImplBase {
        private final RpcFunnel rpc;
        private final RunCatalog catalog;

        Bases(RpcFunnel rpc, RunCatalog catalog) {
            this.rpc = rpc;
            this.catalog = catalog;
        }

        @Override
        public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
            rpc.unary(request, observer, () -> catalog.base(request.getName()));
        }
    }
}
