package dev.finetide.kit.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.GetBaseRequest;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GrpcCatalogTest {
    private static final String VERSION = "projects/p/datasets/d/versions/1";
    private static final String BASE = "projects/p/bases/b";

    private DatasetVersion version =
            DatasetVersion.newBuilder().setName(VERSION).build();
    private Base base = Base.newBuilder().setName(BASE).build();
    private Server server;
    private GrpcCatalog catalog;

    @BeforeEach
    void serve() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new DatasetServiceGrpc.DatasetServiceImplBase() {
                    @Override
                    public void getDatasetVersion(
                            GetDatasetVersionRequest request, StreamObserver<DatasetVersion> observer) {
                        observer.onNext(version);
                        observer.onCompleted();
                    }
                })
                .addService(new BaseServiceGrpc.BaseServiceImplBase() {
                    @Override
                    public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
                        observer.onNext(base);
                        observer.onCompleted();
                    }
                })
                .build()
                .start();
        String endpoint = "127.0.0.1:" + server.getPort();
        catalog = new GrpcCatalog(endpoint, endpoint);
    }

    @AfterEach
    void stop() {
        catalog.close();
        server.shutdownNow();
    }

    @Test
    void deletedInputsOfWorkAreRefusedWithTheTime() {
        assertThat(catalog.datasetVersion(VERSION)).isEqualTo(version);
        assertThat(catalog.base(BASE)).isEqualTo(base);

        version = version.toBuilder().setDeleteTime(Timestamps.fromSeconds(60)).build();
        base = base.toBuilder().setDeleteTime(Timestamps.fromSeconds(60)).build();

        ApiException refused = catchThrowableOfType(ApiException.class, () -> catalog.datasetVersion(VERSION));
        assertThat(refused).hasMessage(VERSION + " was deleted at 1970-01-01T00:01:00Z");
        assertThat(refused.reason()).isEqualTo(ErrorReason.ILLEGAL_STATE);
        assertThat(catchThrowableOfType(ApiException.class, () -> catalog.base(BASE)))
                .hasMessage(BASE + " was deleted at 1970-01-01T00:01:00Z");
    }
}
