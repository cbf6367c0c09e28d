package dev.finetide.cli.dataset.push;

import com.google.protobuf.ByteString;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.ErrorReasons;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.files.FileDigest;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingV2Stub;
import dev.finetide.proto.dataset.v1.GetUploadedFileRequest;
import dev.finetide.proto.dataset.v1.UploadFileHeader;
import dev.finetide.proto.dataset.v1.UploadFileRequest;
import dev.finetide.proto.dataset.v1.UploadedFile;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.UUID;

/// Uploads files to dataset-service, with one chunk in memory. An upload that broke, also one of an earlier command,
/// goes on at the first byte that the service lacks.
public final class FileUpload {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final String OTHER_BYTES = "DIGEST_MISMATCH";
    private static final int OFFSETS_TRIED = 20;
    private static final long PAUSE_MS = 200;

    private final ServiceClient<DatasetServiceBlockingStub> datasets;
    private final String parent;
    private final UploadMemory memory;

    FileUpload(ServiceClient<DatasetServiceBlockingStub> datasets, String parent, UploadMemory memory) {
        this.datasets = datasets;
        this.parent = parent;
        this.memory = memory;
    }

    /// @param parent "projects/" and the project of the files
    /// @param cache  the user's directory of caches
    public FileUpload(ServiceClient<DatasetServiceBlockingStub> datasets, String parent, Path cache) {
        this(datasets, parent, new UploadMemory(cache.resolve("uploads")));
    }

    /// Uploads a file, or the rest of it.
    ///
    /// @param before   bytes of other files that the progress counts
    /// @return id of the uploaded file
    /// @throws CommandFailedException FAILED if the file changes while it is sent
    public String send(Path file, ProgressLine progress, long before) throws IOException {
        FileState state = FileState.of(file);
        String sha256 = FileDigest.of(file, bytes -> {});
        UUID id = memory.idOf(parent, file, state);
        UploadFileHeader header = UploadFileHeader.newBuilder()
                .setParent(parent)
                .setFileId(id.toString())
                .setSizeBytes(state.bytes())
                .setSha256(sha256)
                .build();
        try {
            datasets.attempt(
                    DatasetServiceGrpc::newBlockingV2Stub, stub -> sendRest(stub, file, header, progress, before));
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        } catch (StatusRuntimeException refused) {
            boolean changed = ErrorReasons.of(refused).equals(OTHER_BYTES)
                    || !FileState.of(file).equals(state);
            if (changed || refused.getStatus().getCode() == Status.Code.INVALID_ARGUMENT) {
                memory.forget(parent, file, state); // what is stored is of no use
            }
            throw changed ? changed(file) : refused;
        }
        if (!FileState.of(file).equals(state)) {
            memory.forget(parent, file, state);
            throw changed(file);
        }
        return id.toString();
    }

    private static CommandFailedException changed(Path file) {
        return CommandFailedException.failed(file
                + ": the file changed while it was sent, so nothing was made of it; push it again when it is at rest");
    }

    private UploadedFile sendRest(
            DatasetServiceBlockingV2Stub stub, Path file, UploadFileHeader header, ProgressLine progress, long before)
            throws StatusException, InterruptedException {
        for (int tried = 1; ; tried++) {
            OptionalLong stored = stored(stub, header);
            if (stored.isPresent() && stored.getAsLong() >= header.getSizeBytes()) {
                return UploadedFile.newBuilder().setFileId(header.getFileId()).build();
            }
            long offset = stored.orElse(0);
            try {
                return new Transfer(stub.uploadFile(), file, progress, before)
                        .run(header.toBuilder().setOffset(offset).build());
            } catch (StatusException refused) {
                // The service may still write what a broken connection brought, so that the offset was old.
                if (refused.getStatus().getCode() != Status.Code.INVALID_ARGUMENT
                        || ErrorReasons.of(refused).equals(OTHER_BYTES)
                        || stored(stub, header).orElse(0) == offset
                        || tried == OFFSETS_TRIED) {
                    throw refused;
                }
                Thread.sleep(PAUSE_MS);
            }
        }
    }

    private static OptionalLong stored(DatasetServiceBlockingV2Stub stub, UploadFileHeader header)
            throws StatusException {
        try {
            return OptionalLong.of(stub.getUploadedFile(GetUploadedFileRequest.newBuilder()
                            .setParent(header.getParent())
                            .setFileId(header.getFileId())
                            .build())
                    .getStoredBytes());
        } catch (StatusException answer) {
            if (answer.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return OptionalLong.empty();
            }
            throw answer;
        }
    }

    /// One stream of bytes from an offset to the end of the file.
    private record Transfer(
            BlockingClientCall<UploadFileRequest, UploadedFile> call, Path file, ProgressLine progress, long before) {

        UploadedFile run(UploadFileHeader header) throws StatusException, InterruptedException {
            boolean open =
                    call.write(UploadFileRequest.newBuilder().setHeader(header).build());
            try {
                if (open) {
                    sendFrom(header.getOffset(), header.getSizeBytes());
                }
            } catch (IOException unreadable) {
                call.cancel("the file cannot be read", unreadable);
                throw new UncheckedIOException(unreadable);
            }
            call.halfClose();
            // read() returns the answer, or throws the status with which the service ended the call, even half-way.
            UploadedFile answer = call.read();
            if (answer == null || answer.getStoredBytes() < header.getSizeBytes()) {
                throw CommandFailedException.failed(
                        "dataset-service ended the upload of " + file + " before the end of the file");
            }
            return answer;
        }

        private void sendFrom(long offset, long size) throws IOException, StatusException, InterruptedException {
            ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
            try (FileChannel channel = FileChannel.open(file)) {
                for (long sent = offset; sent < size; ) {
                    buffer.clear().limit((int) Math.min(CHUNK_BYTES, size - sent));
                    int read = channel.read(buffer, sent);
                    if (read < 0) {
                        throw changed(file);
                    }
                    Chunk chunk = Chunk.newBuilder()
                            .setData(ByteString.copyFrom(buffer.flip()))
                            .build();
                    if (!call.write(
                            UploadFileRequest.newBuilder().setChunk(chunk).build())) {
                        return;
                    }
                    sent += read;
                    progress.at(before + sent, "");
                }
            }
        }
    }
}
