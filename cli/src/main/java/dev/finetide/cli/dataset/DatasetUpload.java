package dev.finetide.cli.dataset;

import com.google.protobuf.ByteString;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.UploadHeader;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/// Streams files to dataset-service as fast as the service reads them, with one chunk in memory. The service checks
/// the rows. If the service becomes unreachable, the upload starts again with the same request_id.
public final class DatasetUpload {
    private static final int CHUNK_BYTES = 1 << 20;

    private final ServiceClient<DatasetServiceBlockingStub> datasets;
    private final PrintWriter notes;

    public DatasetUpload(ServiceClient<DatasetServiceBlockingStub> datasets, PrintWriter notes) {
        this.datasets = datasets;
        this.notes = notes;
    }

    /// @throws IOException if a file cannot be read
    public DatasetVersion send(UploadHeader header, Path train, Optional<Path> test) throws IOException {
        long bytes = size(train);
        if (test.isPresent()) {
            bytes += size(test.get());
        }
        try (ProgressLine progress = ProgressLine.start("uploading", Math.max(1, bytes), "", notes)) {
            return datasets.attempt(
                    DatasetServiceGrpc::newBlockingV2Stub,
                    stub -> new Transfer(stub.createDatasetVersion(), progress).run(header, train, test));
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        }
    }

    private static long size(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (Files.isDirectory(file)) {
            throw CommandFailedException.refused(file + " is a directory; a dataset is one JSONL or CSV file");
        }
        return Files.size(file);
    }

    /// One attempt at the upload.
    private record Transfer(
            BlockingClientCall<CreateDatasetVersionRequest, DatasetVersion> call, ProgressLine progress) {

        DatasetVersion run(UploadHeader header, Path train, Optional<Path> test)
                throws StatusException, InterruptedException {
            boolean open = call.write(
                    CreateDatasetVersionRequest.newBuilder().setHeader(header).build());
            try {
                long sent = open
                        ? sendFile(
                                train,
                                0,
                                chunk -> CreateDatasetVersionRequest.newBuilder()
                                        .setTrain(chunk)
                                        .build())
                        : -1;
                if (sent >= 0 && test.isPresent()) {
                    sendFile(
                            test.get(),
                            sent,
                            chunk -> CreateDatasetVersionRequest.newBuilder()
                                    .setTest(chunk)
                                    .build());
                }
            } catch (IOException unreadable) {
                call.cancel("the file cannot be read", unreadable);
                throw new UncheckedIOException(unreadable);
            }
            call.halfClose();
            // read() returns the version, or throws the status with which the service ended the call, even
            // half-way.
            DatasetVersion version = call.read();
            if (version == null) {
                throw CommandFailedException.failed("dataset-service ended the upload without an answer");
            }
            return version;
        }

        /// @return number of bytes sent so far, or -1 if the service has ended the call
        private long sendFile(Path file, long before, Function<Chunk, CreateDatasetVersionRequest> part)
                throws IOException, StatusException, InterruptedException {
            long sent = before;
            try (InputStream in = Files.newInputStream(file)) {
                byte[] buffer = new byte[CHUNK_BYTES];
                for (int read = in.readNBytes(buffer, 0, CHUNK_BYTES);
                        read > 0;
                        read = in.readNBytes(buffer, 0, CHUNK_BYTES)) {
                    Chunk chunk = Chunk.newBuilder()
                            .setData(ByteString.copyFrom(buffer, 0, read))
                            .build();
                    if (!call.write(part.apply(chunk))) {
                        return -1;
                    }
                    sent += read;
                    progress.at(sent, "");
                }
            }
            return sent;
        }
    }
}
