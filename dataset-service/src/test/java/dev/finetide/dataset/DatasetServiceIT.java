package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.finetide.kit.auth.ServedRights;
import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.metric.MetricsProbe;
import dev.finetide.proto.dataset.v1.CheckSupervisionRequest;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.CsvSource;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ExplainRowRequest;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsResponse;
import dev.finetide.proto.dataset.v1.ListDatasetsRequest;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The service as its clients see it, on real Kafka and PostgreSQL.
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "dataset"))
class DatasetServiceIT {
    @TestHTTPResource("/q/metrics")
    URL metrics;

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrapServers;

    private final String dataset =
            "projects/default/datasets/d" + UUID.randomUUID().toString().substring(0, 8);
    private DatasetClient client;

    @BeforeEach
    void connect() {
        client = new DatasetClient(TestCallers.channel(port));
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    private UploadHeader.Builder aHeader() {
        return UploadHeader.newBuilder().setDataset(dataset).setJsonl(JsonlSource.getDefaultInstance());
    }

    private static String rows(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"prompt\":\"p%d\",\"completion\":\"c%d\"}\n".formatted(i, i))
                .collect(Collectors.joining());
    }

    private static ErrorInfo info(StatusRuntimeException failure) {
        return detail(failure, ErrorInfo.class, ErrorInfo.getDefaultInstance());
    }

    private static <M extends com.google.protobuf.Message> M detail(
            StatusRuntimeException failure, Class<M> type, M absent) {
        com.google.rpc.Status status = StatusProto.fromThrowable(failure);
        try {
            for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
                if (detail.is(type)) {
                    return detail.unpack(type);
                }
            }
            return absent;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private StatusRuntimeException refused(UploadHeader.Builder header, String train) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> client.push(header.build(), train));
    }

    @Test
    void everyRpcAndRouteNeedsWhatItsDeclarationSays() throws Exception {
        ServedRights.verify(
                port,
                List.of(
                        DatasetServiceGrpc.getServiceDescriptor(),
                        DatasetReportServiceGrpc.getServiceDescriptor(),
                        AttemptServiceGrpc.getServiceDescriptor()));
        ServedRights.verifyHttp(metrics.getPort());
    }

    @Test
    void rowsAreExplainedAndCheckedOnlyWithABaseThatIsKnown() {
        String version = client.push(aHeader().build(), rows(20), "").getName();
        String base = "projects/default/bases/nobody-has-it";

        StatusRuntimeException unknown = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> client.blocking()
                        .explainRow(ExplainRowRequest.newBuilder()
                                .setName(version)
                                .setBase(base)
                                .build()));
        StatusRuntimeException noSplit = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> client.blocking()
                        .checkSupervision(CheckSupervisionRequest.newBuilder()
                                .setName(version)
                                .setBase(base)
                                .setSplit("abroad")
                                .build()));

        assertThat(unknown.getStatus().getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.NOT_FOUND);
        assertThat(noSplit.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void anUploadBecomesAVersionAndAnEvent() throws InvalidProtocolBufferException {
        UploadHeader header = aHeader()
                .clearJsonl()
                .setCsv(CsvSource.newBuilder()
                        .setPromptTemplate("Question: {text}\nIntent:")
                        .setCompletionTemplate(" {category|replace:_, }"))
                .setSourceName("train.csv")
                .build();

        DatasetVersion version = client.push(
                header, "text,category\nwhere is it,card_arrival\nit is lost,lost_card\n", "text,category\nx,y_z\n");

        assertThat(version.getName()).isEqualTo(dataset + "/versions/1");
        assertThat(version.getTrainRows()).isEqualTo(2);
        assertThat(version.getTestRows()).isEqualTo(1);
        assertThat(client.blocking()
                        .getDatasetVersion(GetDatasetVersionRequest.newBuilder()
                                .setName(dataset + "/versions/latest")
                                .build()))
                .isEqualTo(version);
        ConsumerRecord<String, byte[]> event = new TopicProbe(bootstrapServers, "finetide.dataset.v1")
                .readUntil(record -> record.key().equals(version.getName())).stream()
                        .filter(record -> record.key().equals(version.getName()))
                        .findFirst()
                        .orElseThrow();
        assertThat(TopicProbe.header(event, "ce_type")).isEqualTo("finetide.dataset.v1.DatasetVersionPublished");
        assertThat(TopicProbe.header(event, "ce_id")).isNotEmpty();
        assertThat(DatasetEvent.parseFrom(event.value())
                        .getDatasetVersionPublished()
                        .getDatasetVersion())
                .isEqualTo(version);
    }

    @Test
    void metricsCountUploads() throws Exception {
        MetricsProbe probe = new MetricsProbe(metrics);
        double published = probe.value("finetide_dataset_uploads_total", "result=\"published\"")
                .orElseThrow();
        double refused = probe.value("finetide_dataset_uploads_total", "result=\"refused\"")
                .orElseThrow();
        client.push(aHeader().build(), rows(7));
        refused(aHeader(), "{}\n");
        assertThat(probe.value("finetide_dataset_uploads_total", "result=\"published\""))
                .hasValue(published + 1);
        assertThat(probe.value("finetide_dataset_uploads_total", "result=\"refused\""))
                .hasValue(refused + 1);
        assertThat(probe.value("finetide_dataset_versions").orElseThrow()).isPositive();
        assertThat(probe.problems()).isEmpty();
    }

    @Test
    void listsAreInPages() {
        for (int i = 0; i < 3; i++) {
            client.push(aHeader().build(), rows(100 + i));
        }

        ListDatasetVersionsResponse first = client.blocking()
                .listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                        .setParent(dataset)
                        .setPageSize(2)
                        .build());
        ListDatasetVersionsResponse second = client.blocking()
                .listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                        .setParent(dataset)
                        .setPageSize(2)
                        .setPageToken(first.getNextPageToken())
                        .build());

        assertThat(first.getDatasetVersionsList())
                .extracting(DatasetVersion::getName)
                .containsExactly(dataset + "/versions/3", dataset + "/versions/2");
        assertThat(second.getDatasetVersionsList())
                .extracting(DatasetVersion::getName)
                .containsExactly(dataset + "/versions/1");
        assertThat(second.getNextPageToken()).isEmpty();
        assertThat(client.blocking()
                        .listDatasets(ListDatasetsRequest.newBuilder()
                                .setParent("projects/default")
                                .setPageSize(1000)
                                .build())
                        .getDatasetsList())
                .anySatisfy(listed -> {
                    assertThat(listed.getName()).isEqualTo(dataset);
                    assertThat(listed.getLatestVersion()).isEqualTo(3);
                });
    }

    @Test
    void aHundredReasonsReachAClientWithDefaultLimits() {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 150; i++) {
            rows.append(
                    "{\"prompt\":\"p\",\"extra%c%c\":1,\"completion\":\"c\"}\n".formatted('a' + i / 26, 'a' + i % 26));
        }
        StatusRuntimeException failure = refused(aHeader(), rows.toString());

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(info(failure).getReason()).isEqualTo("INVALID_ROWS");
        assertThat(info(failure).getDomain()).isEqualTo("finetide.dev");
        assertThat(info(failure).getMetadataMap()).containsEntry("invalid_rows", "150");
        assertThat(detail(failure, BadRequest.class, BadRequest.getDefaultInstance())
                        .getFieldViolationsList())
                .hasSizeBetween(25, 101)
                .anySatisfy(row -> assertThat(row.getDescription()).contains("has the unknown key \"extraac\""));
    }

    @Test
    void wrongPartsAreRefused() {
        assertThat(info(catchThrowableOfType(
                                StatusRuntimeException.class,
                                () -> client.send(List.of(DatasetClient.train(ByteString.copyFromUtf8(rows(1)))))))
                        .getReason())
                .isEqualTo("INVALID_FIELD");
        assertThat(info(catchThrowableOfType(
                                StatusRuntimeException.class,
                                () -> client.send(List.of(
                                        DatasetClient.header(aHeader().build()),
                                        DatasetClient.test(ByteString.copyFromUtf8(rows(1))),
                                        DatasetClient.train(ByteString.copyFromUtf8(rows(1)))))))
                        .getReason())
                .isEqualTo("INVALID_FIELD");
        assertThat(info(catchThrowableOfType(StatusRuntimeException.class, () -> client.send(List.of())))
                        .getReason())
                .isEqualTo("INVALID_FIELD");
    }

    @Test
    void unknownSettingsAreRefusedByNumber() {
        UploadHeader header = aHeader()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                99,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build();

        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> client.push(header, rows(10)));

        assertThat(info(failure).getReason()).isEqualTo("UNKNOWN_SETTING");
        assertThat(info(failure).getMetadataMap()).containsEntry("field", "header#99");
    }

    @Test
    void missingVersionsAreNotFound() {
        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> client.blocking()
                        .getDatasetVersion(GetDatasetVersionRequest.newBuilder()
                                .setName(dataset + "/versions/7")
                                .build()));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(info(failure).getMetadataMap()).containsEntry("resource", dataset + "/versions/7");
    }

    @Test
    void anUploadThatIsCancelledLeavesNothing() {
        // When
        client.cancelAfter(List.of(
                DatasetClient.header(aHeader().build()),
                DatasetClient.train(
                        ByteString.copyFrom(rows(200_000).getBytes(StandardCharsets.UTF_8), 0, 3_000_000))));

        // Then the same name is free for a first version
        assertThat(client.push(aHeader().build(), rows(100)).getName()).isEqualTo(dataset + "/versions/1");
    }

    @Test
    void chunksMayCutLinesAnywhere() {
        String rows = rows(100);
        List<CreateDatasetVersionRequest> parts = new java.util.ArrayList<>();
        parts.add(DatasetClient.header(aHeader().build()));
        for (int i = 0; i < rows.length(); i += 7) {
            parts.add(DatasetClient.train(ByteString.copyFromUtf8(rows.substring(i, Math.min(rows.length(), i + 7)))));
        }

        assertThat(client.send(parts).getReport().getRowsAccepted()).isEqualTo(100);
        assertThat(client.push(aHeader().build(), rows).getName()).isEqualTo(dataset + "/versions/1");
    }
}
