package dev.finetide.dataset.report;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.event.Topics;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.CreateDatasetReportRequest;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc.DatasetReportServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DeleteDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.GetDatasetReportRequest;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.ListDatasetReportsRequest;
import dev.finetide.proto.dataset.v1.ReadFoundRowsRequest;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.work.v1.State;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tests the way of a report on real Kafka and PostgreSQL, with a worker in a process of its own: from
/// the publication, over a worker that dies, to the event, and to the deletion of its version.
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "dataset"))
@QuarkusTestResource(ReportWorkerParts.class)
class DatasetReportIT {
    private static final String ROWS = IntStream.range(0, 20)
            .mapToObj("{\"prompt\":\"p%d\",\"completion\":\"c\"}\n"::formatted)
            .collect(Collectors.joining());

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrapServers;

    private ManagedChannel channel;

    @BeforeEach
    void open() {
        channel = TestCallers.channel(port);
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
    }

    private DatasetReportServiceBlockingStub reports() {
        return DatasetReportServiceGrpc.newBlockingStub(channel).withDeadlineAfter(3, TimeUnit.MINUTES);
    }

    @Test
    void aReportIsMadeAfterPublicationAlsoWhenItsWorkerDies() throws Exception {
        String version = publish().getName();
        ListDatasetReportsRequest ofVersion = ListDatasetReportsRequest.newBuilder()
                .setParent("projects/default")
                .setDatasetVersion(version)
                .build();

        await().until(() -> reports().listDatasetReports(ofVersion).getDatasetReportsList().stream()
                .anyMatch(report -> report.getState() == State.SUCCEEDED));

        DatasetReport made = reports()
                .createDatasetReport(CreateDatasetReportRequest.newBuilder()
                        .setParent("projects/default")
                        .setDatasetVersion(version)
                        .build());
        assertThat(made.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(made.getAttempt()).isEqualTo(2);
        assertThat(made.getReport().getContents().getClasses(0).getRows())
                .as("the attempt that made the section")
                .isEqualTo(1);
        List<RowFound> found = new ArrayList<>();
        ReadFoundRowsRequest all =
                ReadFoundRowsRequest.newBuilder().setName(made.getName()).build();
        reports().readFoundRows(all).forEachRemaining(found::add);
        assertThat(found).extracting(RowFound::getSuggestion).containsExactly(ReportWorker.LABEL);
        assertThat(ready(version).toString())
                .contains("Fine-tuning fits these rows.")
                .doesNotContain(ReportWorker.LABEL);
        deleted(version, made.getName(), all);
    }

    private void deleted(String version, String report, ReadFoundRowsRequest all) {
        DatasetServiceGrpc.newBlockingStub(channel)
                .deleteDatasetVersion(DeleteDatasetVersionRequest.newBuilder()
                        .setName(version)
                        .build());

        DatasetReport bare = reports()
                .getDatasetReport(
                        GetDatasetReportRequest.newBuilder().setName(report).build());
        StatusRuntimeException gone = catchThrowableOfType(
                StatusRuntimeException.class, () -> reports().readFoundRows(all).next());
        assertThat(bare.toString()).doesNotContain(ReportWorker.LABEL);
        assertThat(bare.getFilesCount()).isZero();
        assertThat(gone.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    }

    private DatasetReport ready(String version) throws Exception {
        List<ConsumerRecord<String, byte[]>> records = new TopicProbe(bootstrapServers, Topics.DATASET)
                .readUntil(
                        record -> version.equals(record.key()) && event(record).hasDatasetReportReady());
        return event(records.getLast()).getDatasetReportReady().getDatasetReport();
    }

    private static DatasetEvent event(ConsumerRecord<String, byte[]> record) {
        try {
            return DatasetEvent.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private DatasetVersion publish() throws Exception {
        CompletableFuture<DatasetVersion> published = new CompletableFuture<>();
        StreamObserver<CreateDatasetVersionRequest> upload = DatasetServiceGrpc.newStub(channel)
                .createDatasetVersion(new StreamObserver<>() {
                    @Override
                    public void onNext(DatasetVersion version) {
                        published.complete(version);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        published.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {}
                });
        upload.onNext(CreateDatasetVersionRequest.newBuilder()
                .setHeader(UploadHeader.newBuilder()
                        .setDataset(ReportWorker.DIES_ONCE
                                + UUID.randomUUID().toString().substring(0, 8))
                        .setJsonl(JsonlSource.getDefaultInstance()))
                .build());
        upload.onNext(CreateDatasetVersionRequest.newBuilder()
                .setTrain(Chunk.newBuilder().setData(ByteString.copyFromUtf8(ROWS)))
                .build());
        upload.onCompleted();
        return published.get(3, TimeUnit.MINUTES);
    }
}
