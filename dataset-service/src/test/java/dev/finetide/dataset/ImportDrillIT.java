package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetUploadedFileRequest;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ImportProgress;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.UploadFileHeader;
import dev.finetide.proto.dataset.v1.UploadFileRequest;
import dev.finetide.proto.dataset.v1.UploadedFile;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills the service in the middle of an upload and of an import.
class ImportDrillIT {
    private static final String PROJECT = "projects/default";
    private static final int ROWS = 400_000;

    @TempDir
    private Path directory;

    private static ByteString rows() {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            rows.append("{\"prompt\":\"question ")
                    .append(i)
                    .append("\",\"completion\":\"answer ")
                    .append(i);
            rows.append("\"}\n");
        }
        return ByteString.copyFrom(rows.toString(), StandardCharsets.UTF_8);
    }

    /// Sends a file from an offset on, and half-closes the stream unless it is to stay open.
    private static CompletableFuture<UploadedFile> send(
            Channel channel, String id, ByteString file, long offset, int bytes, boolean open) {
        CompletableFuture<UploadedFile> answer = new CompletableFuture<>();
        StreamObserver<UploadFileRequest> call = DatasetServiceGrpc.newStub(channel)
                .withDeadlineAfter(5, TimeUnit.MINUTES)
                .uploadFile(new StreamObserver<>() {
                    @Override
                    public void onNext(UploadedFile uploaded) {
                        answer.complete(uploaded);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        answer.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        // The answer has come before.
                    }
                });
        call.onNext(UploadFileRequest.newBuilder()
                .setHeader(UploadFileHeader.newBuilder()
                        .setParent(PROJECT)
                        .setFileId(id)
                        .setOffset(offset)
                        .setSizeBytes(file.size()))
                .build());
        for (int from = (int) offset; from < offset + bytes; from += 1 << 20) {
            int to = (int) Math.min(from + (1 << 20), offset + bytes);
            call.onNext(UploadFileRequest.newBuilder()
                    .setChunk(Chunk.newBuilder().setData(file.substring(from, to)))
                    .build());
        }
        if (!open) {
            call.onCompleted();
        }
        return answer;
    }

    private static long stored(Channel channel, String id) {
        try {
            return DatasetServiceGrpc.newBlockingStub(channel)
                    .withWaitForReady()
                    .withDeadlineAfter(3, TimeUnit.MINUTES)
                    .getUploadedFile(GetUploadedFileRequest.newBuilder()
                            .setParent(PROJECT)
                            .setFileId(id)
                            .build())
                    .getStoredBytes();
        } catch (StatusRuntimeException notYet) {
            return 0;
        }
    }

    private static Iterator<ImportProgress> importing(Channel channel, ImportDatasetVersionRequest request) {
        return DatasetServiceGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .withDeadlineAfter(5, TimeUnit.MINUTES)
                .importDatasetVersion(request);
    }

    private static DatasetVersion last(Iterator<ImportProgress> progress) {
        ImportProgress last = progress.next();
        while (progress.hasNext()) {
            last = progress.next();
        }
        return last.getDatasetVersion();
    }

    @Test
    void killsCostNothingThatWasStoredAndMakeNothingTwice() throws Exception {
        ByteString file = rows();
        String id = UUID.randomUUID().toString();
        ImportDatasetVersionRequest request = ImportDatasetVersionRequest.newBuilder()
                .setDataset(PROJECT + "/datasets/drilled")
                .setRequestId(UUID.randomUUID().toString())
                .addFiles(DataFile.newBuilder().setUploadedFile(id).setPath("rows.jsonl"))
                .build();
        try (ServiceProcess service = new ServiceProcess("import_killed", directory, Map.of())) {
            service.start();
            ManagedChannel first = service.channel();
            send(first, id, file, 0, 20 << 20, true);
            while (stored(first, id) < 16 << 20) {
                Thread.sleep(50);
            }
            service.kill();
            first.shutdownNow();
            service.start();
            ManagedChannel second = service.channel();
            long stored = stored(second, id);
            assertThat(stored).isBetween(16L << 20, 20L << 20);
            UploadedFile whole = send(second, id, file, stored, (int) (file.size() - stored), false)
                    .get(2, TimeUnit.MINUTES);
            assertThat(whole.getStoredBytes()).isEqualTo(file.size());

            Iterator<ImportProgress> progress = importing(second, request);
            progress.next();
            service.kill();
            assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> last(progress)))
                    .isNotNull();

            second.shutdownNow();
            service.start();
            ManagedChannel third = service.channel();
            DatasetVersion version = last(importing(third, request));
            assertThat(version.getName()).endsWith("/drilled/versions/1");
            assertThat(version.getTrainRows() + version.getTestRows()).isEqualTo(ROWS);
            assertThat(last(importing(third, request))).isEqualTo(version);
            assertThat(DatasetServiceGrpc.newBlockingStub(third)
                            .listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                                    .setParent(request.getDataset())
                                    .build())
                            .getDatasetVersionsCount())
                    .isEqualTo(1);
            Iterator<Row> read = DatasetServiceGrpc.newBlockingStub(third)
                    .readRows(ReadRowsRequest.newBuilder()
                            .setName(version.getName())
                            .setFirst(100)
                            .setCount(2)
                            .build());
            assertThat(read.next().getNumber()).isEqualTo(100);
            assertThat(read.next().getPlace().getFile()).isEqualTo("rows.jsonl");
            assertThat(read.hasNext()).isFalse();
            assertThat(stored(third, id))
                    .as("bytes of a file of which a version was made")
                    .isZero();
            third.shutdownNow();
        }
    }
}
