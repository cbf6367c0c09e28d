package dev.finetide.dataset;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.DedupeStep;
import dev.finetide.proto.dataset.v1.DeleteDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DeriveDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DiffDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.FilterStep;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ImportProgress;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetsRequest;
import dev.finetide.proto.dataset.v1.MoveDatasetTagRequest;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeSource;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.SampleStep;
import dev.finetide.proto.dataset.v1.UploadHeader;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recipes over more rows than the service's memory holds, and a service that is killed while it derives
/// and deletes.
class DeriveDrillIT {
    private static final int HEAP_MIB = 96;
    private static final int ROWS_PER_CHUNK = 500;
    private static final long CHUNKS = Long.getLong("finetide.drill.chunks", 100);
    private static final String SOURCE = "projects/default/datasets/source";
    private static final String DERIVED = "projects/default/datasets/derived";

    @TempDir
    Path directory;

    private ServiceProcess service() throws IOException {
        ServiceProcess service = new ServiceProcess(
                "derive_drill",
                directory,
                Map.of(
                        "JAVA_TOOL_OPTIONS", "-XX:+ExitOnOutOfMemoryError -Xmx" + HEAP_MIB + "m",
                        "DATASET_COLLECTION_EVERY", "1s",
                        "DATASET_COLLECTION_GRACE", "0s"));
        service.start();
        return service;
    }

    private static DatasetServiceGrpc.DatasetServiceBlockingStub stub(ManagedChannel channel) {
        return DatasetServiceGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.MINUTES);
    }

    /// Every second row has the input of the row before it.
    private static ByteString chunk(long number) {
        StringBuilder rows = new StringBuilder();
        for (long i = number * ROWS_PER_CHUNK; i < (number + 1) * ROWS_PER_CHUNK; i++) {
            rows.append("{\"prompt\":\"").append(i / 2);
            for (int word = 0; word < 50; word++) {
                rows.append(' ').append(Long.toString((i / 2 * 50 + word) * 0x9E3779B97F4A7C15L, 36));
            }
            rows.append("\",\"completion\":\"").append(i).append("\"}\n");
        }
        return ByteString.copyFrom(rows.toString(), StandardCharsets.UTF_8);
    }

    private static DatasetVersion push(ManagedChannel channel) {
        UploadHeader header = UploadHeader.newBuilder()
                .setDataset(SOURCE)
                .setJsonl(JsonlSource.getDefaultInstance())
                .setTestFraction(0.01)
                .build();
        Iterator<CreateDatasetVersionRequest> parts = Stream.concat(
                        Stream.of(DatasetClient.header(header)),
                        LongStream.range(0, CHUNKS).mapToObj(number -> DatasetClient.train(chunk(number))))
                .iterator();
        return new DatasetClient(channel).send(parts);
    }

    private static DeriveDatasetVersionRequest aRequest() {
        return DeriveDatasetVersionRequest.newBuilder()
                .setDataset(DERIVED)
                .setRequestId(UUID.randomUUID().toString())
                .setRecipe(Recipe.newBuilder()
                        .addSources(RecipeSource.newBuilder().setDatasetVersion(SOURCE + "/versions/latest"))
                        .addSteps(RecipeStep.newBuilder()
                                .setFilter(FilterStep.newBuilder().setExpression("!answer.endsWith('7')")))
                        .addSteps(RecipeStep.newBuilder()
                                .setDedupe(DedupeStep.newBuilder().setKind(DedupeKind.EXACT_INPUT)))
                        .addSteps(RecipeStep.newBuilder()
                                .setSample(SampleStep.newBuilder().setRows(10_000))))
                .build();
    }

    private static DatasetVersion derive(ManagedChannel channel, DeriveDatasetVersionRequest request) {
        DatasetVersion version = DatasetVersion.getDefaultInstance();
        Iterator<ImportProgress> progress = stub(channel).deriveDatasetVersion(request);
        while (progress.hasNext()) {
            version = progress.next().getDatasetVersion();
        }
        return version;
    }

    @Test
    void versionsSurviveKillsAndTheRestIsCollected() throws IOException {
        DeriveDatasetVersionRequest request = aRequest();
        DatasetVersion source;
        try (ServiceProcess service = service()) {
            ManagedChannel channel = service.channel();
            source = push(channel);
            Iterator<ImportProgress> progress = stub(channel).deriveDatasetVersion(request);
            StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, () -> {
                while (progress.hasNext()) {
                    if (progress.next().getRowsRead() > 10_000) {
                        service.kill();
                    }
                }
            });
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        try (ServiceProcess service = service()) {
            ManagedChannel channel = service.channel();
            assertThat(stub(channel)
                            .listDatasets(ListDatasetsRequest.newBuilder()
                                    .setParent("projects/default")
                                    .build())
                            .getDatasetsList())
                    .hasSize(1);
            long start = System.nanoTime();
            DatasetVersion derived = derive(channel, request);
            System.out.printf(
                    "derived %d of %d rows in %.1f s with a heap of %d MiB%n",
                    derived.getTrainRows() + derived.getTestRows(),
                    source.getTrainRows() + source.getTestRows(),
                    (System.nanoTime() - start) / 1e9,
                    HEAP_MIB);
            assertThat(derived.getName()).isEqualTo(DERIVED + "/versions/1");
            assertThat(derive(channel, request)).isEqualTo(derived);
            checkDifference(channel, source, derived);
            deleteUnderAKill(service, channel, derived);
        }
        try (ServiceProcess service = service()) {
            ManagedChannel channel = service.channel();
            assertThat(get(channel, DERIVED + "/versions/1").hasDeleteTime()).isTrue();
            // The folder of the derivation that was killed stays, because its upload may still be alive; so do the
            // source's shards and manifest.
            Path folder = Path.of(source.getManifest().getBlobKey()).getParent();
            await().untilAsserted(() -> assertThat(filesOf("derived")).isZero());
            assertThat(filesBelow(folder.toString())).isEqualTo(source.getShardsCount() + 1);
            assertThat(derive(channel, aRequest()).getName()).isEqualTo(DERIVED + "/versions/2");
        }
    }

    private static void checkDifference(ManagedChannel channel, DatasetVersion source, DatasetVersion derived) {
        DatasetDiff diff = stub(channel)
                .diffDatasetVersions(DiffDatasetVersionsRequest.newBuilder()
                        .setOld(source.getName())
                        .setNew(derived.getName())
                        .setExamples(2)
                        .build());
        assertThat(diff.getUnchanged()).isEqualTo(derived.getTrainRows() + derived.getTestRows());
        assertThat(diff.getRemoved()).isEqualTo(source.getTrainRows() + source.getTestRows() - diff.getUnchanged());
        assertThat(diff.getExamplesList()).hasSize(2);
    }

    private static void deleteUnderAKill(ServiceProcess service, ManagedChannel channel, DatasetVersion derived) {
        MoveDatasetTagRequest.Builder tag = MoveDatasetTagRequest.newBuilder()
                .setDataset(DERIVED)
                .setTag("prod")
                .setVersion(1);
        stub(channel).moveDatasetTag(tag.build());
        assertThat(get(channel, DERIVED + "/versions/prod")).isEqualTo(derived);
        DeleteDatasetVersionRequest deletion = DeleteDatasetVersionRequest.newBuilder()
                .setName(derived.getName())
                .build();
        assertThat(catchThrowableOfType(
                                StatusRuntimeException.class,
                                () -> stub(channel).deleteDatasetVersion(deletion))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.FAILED_PRECONDITION);
        stub(channel).moveDatasetTag(tag.setVersion(0).build());
        stub(channel).deleteDatasetVersion(deletion);
        assertThat(stub(channel)
                        .listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                                .setParent(DERIVED)
                                .build())
                        .getDatasetVersionsList())
                .isEqualTo(List.of());
        service.kill();
    }

    private static DatasetVersion get(ManagedChannel channel, String name) {
        return stub(channel)
                .getDatasetVersion(
                        GetDatasetVersionRequest.newBuilder().setName(name).build());
    }

    /// Counts the manifests of a dataset, of which each version has one.
    private long filesOf(String dataset) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().contains("/datasets/default/" + dataset + "/"))
                    .filter(file -> file.endsWith("manifest.json"))
                    .count();
        }
    }

    private long filesBelow(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().contains("/" + folder + "/"))
                    .filter(Files::isRegularFile)
                    .count();
        }
    }
}
