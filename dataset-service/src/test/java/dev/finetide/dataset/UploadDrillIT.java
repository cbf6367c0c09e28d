package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.ListDatasetsRequest;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Uploads larger than the service's memory, and a service that is killed in the middle of one.
class UploadDrillIT {
    private static final int HEAP_MIB = 64;
    private static final int ROWS_PER_CHUNK = 500;

    @TempDir
    Path directory;

    private ServiceProcess service(String schema) throws IOException {
        Map<String, String> heap = Map.of("JAVA_TOOL_OPTIONS", "-XX:+ExitOnOutOfMemoryError -Xmx" + HEAP_MIB + "m");
        ServiceProcess service = new ServiceProcess(schema, directory, heap);
        service.start();
        return service;
    }

    private static UploadHeader aHeader(String dataset) {
        return UploadHeader.newBuilder()
                .setDataset("projects/default/datasets/" + dataset)
                .setRequestId(UUID.randomUUID().toString())
                .setJsonl(JsonlSource.getDefaultInstance())
                .build();
    }

    private static ByteString chunk(long number) {
        StringBuilder rows = new StringBuilder();
        for (long i = number * ROWS_PER_CHUNK; i < (number + 1) * ROWS_PER_CHUNK; i++) {
            rows.append("{\"prompt\":\"").append(i);
            for (int word = 0; word < 50; word++) {
                rows.append(' ').append(Long.toString((i * 50 + word) * 0x9E3779B97F4A7C15L, 36));
            }
            rows.append("\",\"completion\":\"").append(i).append("\"}\n");
        }
        return ByteString.copyFrom(rows.toString(), StandardCharsets.UTF_8);
    }

    private static Iterator<CreateDatasetVersionRequest> upload(UploadHeader header, long chunks, Runnable onChunk) {
        return Stream.concat(
                        Stream.of(DatasetClient.header(header)),
                        LongStream.range(0, chunks).mapToObj(number -> {
                            onChunk.run();
                            return DatasetClient.train(chunk(number));
                        }))
                .iterator();
    }

    @Test
    void anUploadSeveralTimesTheHeapPasses() throws IOException {
        long chunks = Long.getLong("finetide.drill.chunks", 400);
        try (ServiceProcess service = service("upload_large");
                DatasetClient client = new DatasetClient(service.channel())) {
            AtomicLong sent = new AtomicLong();
            long start = System.nanoTime();

            DatasetVersion version = client.send(upload(aHeader("large"), chunks, sent::incrementAndGet));

            double seconds = (System.nanoTime() - start) / 1e9;
            long bytes = chunks * chunk(0).size();
            System.out.printf(
                    "uploaded %d MB, %d rows in %.1f s (%.1f MB/s) with a heap of %d MiB%n",
                    bytes / 1_000_000, version.getReport().getRowsRead(), seconds, bytes / 1e6 / seconds, HEAP_MIB);
            assertThat(bytes).isGreaterThan(2L * HEAP_MIB << 20);
            assertThat(version.getTrainRows() + version.getTestRows()).isEqualTo(chunks * ROWS_PER_CHUNK);
            assertThat(version.getReport().getDuplicateRows()).isZero();
        }
    }

    @Test
    void aServiceKilledInTheMiddleOfAnUploadKeepsNothingOfIt() throws IOException {
        UploadHeader header = aHeader("killed");
        CompletableFuture<Void> half = new CompletableFuture<>();
        AtomicLong sent = new AtomicLong();
        try (ServiceProcess service = service("upload_killed");
                DatasetClient client = new DatasetClient(service.channel())) {
            // When
            half.thenRunAsync(service::kill);
            StatusRuntimeException failure = catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> client.send(upload(header, 5_000, () -> {
                        if (sent.incrementAndGet() == 200) {
                            half.complete(null);
                        }
                    })));

            // Then
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        try (ServiceProcess service = service("upload_killed");
                DatasetClient client = new DatasetClient(service.channel())) {
            assertThat(client.blocking()
                            .listDatasets(ListDatasetsRequest.newBuilder()
                                    .setParent("projects/default")
                                    .build())
                            .getDatasetsList())
                    .isEmpty();
            assertThat(client.send(upload(header, 10, () -> {})).getName()).endsWith("/versions/1");
        }
    }

    @Test
    void anUploadUnderAStopIsUnavailableAndKeepsNothing() throws IOException {
        CompletableFuture<Void> half = new CompletableFuture<>();
        AtomicLong sent = new AtomicLong();
        try (ServiceProcess service = service("upload_stopped");
                DatasetClient client = new DatasetClient(service.channel())) {
            // When
            CompletableFuture<Void> stopped = half.thenRunAsync(service::stop);
            StatusRuntimeException failure = catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> client.send(upload(aHeader("stopped"), 5_000, () -> {
                        if (sent.incrementAndGet() == 200) {
                            half.complete(null);
                        }
                    })));

            // Then
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(GrpcErrors.hasReason(failure, ErrorReason.SERVICE_STOPPING))
                    .isTrue();
            stopped.join();
            assertThat(service.log()).content().doesNotContain("request failed", "internal error");
            service.start();
            assertThat(client.blocking()
                            .withWaitForReady()
                            .listDatasets(ListDatasetsRequest.newBuilder()
                                    .setParent("projects/default")
                                    .build())
                            .getDatasetsList())
                    .isEmpty();
        }
    }
}
