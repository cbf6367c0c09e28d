package dev.finetide.dataset;

import com.google.protobuf.ByteString;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.UploadHeader;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A gRPC client with default limits, which closes its channel.
final class DatasetClient implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    private final ManagedChannel channel;

    DatasetClient(ManagedChannel channel) {
        this.channel = channel;
    }

    static CreateDatasetVersionRequest header(UploadHeader header) {
        return CreateDatasetVersionRequest.newBuilder().setHeader(header).build();
    }

    static CreateDatasetVersionRequest train(ByteString data) {
        return CreateDatasetVersionRequest.newBuilder()
                .setTrain(Chunk.newBuilder().setData(data))
                .build();
    }

    static CreateDatasetVersionRequest test(ByteString data) {
        return CreateDatasetVersionRequest.newBuilder()
                .setTest(Chunk.newBuilder().setData(data))
                .build();
    }

    DatasetServiceGrpc.DatasetServiceBlockingStub blocking() {
        return DatasetServiceGrpc.newBlockingStub(channel).withDeadlineAfter(3, TimeUnit.MINUTES);
    }

    /// Uploads files.
    ///
    /// @param files train file, and test file if there is one
    DatasetVersion push(UploadHeader header, String... files) {
        List<CreateDatasetVersionRequest> parts = new ArrayList<>();
        parts.add(header(header));
        for (int i = 0; i < files.length; i++) {
            ByteString file = ByteString.copyFromUtf8(files[i]);
            for (int from = 0; from < file.size(); from += CHUNK) {
                ByteString data = file.substring(from, Math.min(file.size(), from + CHUNK));
                parts.add(i == 0 ? train(data) : test(data));
            }
        }
        return send(parts);
    }

    DatasetVersion send(List<CreateDatasetVersionRequest> parts) {
        return send(parts.iterator());
    }

    /// Sends parts as fast as the service reads them.
    ///
    /// @throws StatusRuntimeException if the service refuses the upload
    DatasetVersion send(Iterator<CreateDatasetVersionRequest> parts) {
        Answer answer = new Answer(parts, false);
        DatasetServiceGrpc.newStub(channel)
                .withDeadlineAfter(600, TimeUnit.SECONDS)
                .createDatasetVersion(answer);
        return answer.get();
    }

    /// Sends these parts and closes the connection.
    void cancelAfter(List<CreateDatasetVersionRequest> parts) {
        Answer answer = new Answer(parts.iterator(), true);
        DatasetServiceGrpc.newStub(channel).createDatasetVersion(answer);
        try {
            answer.get();
        } catch (StatusRuntimeException expected) {
            if (expected.getStatus().getCode() != Status.Code.CANCELLED) {
                throw expected;
            }
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    private static final class Answer implements ClientResponseObserver<CreateDatasetVersionRequest, DatasetVersion> {
        private final Iterator<CreateDatasetVersionRequest> parts;
        private final boolean cancel;
        private final CompletableFuture<DatasetVersion> answer = new CompletableFuture<>();
        private boolean done;

        Answer(Iterator<CreateDatasetVersionRequest> parts, boolean cancel) {
            this.parts = parts;
            this.cancel = cancel;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<CreateDatasetVersionRequest> call) {
            call.setOnReadyHandler(() -> {
                while (!done && call.isReady() && parts.hasNext()) {
                    call.onNext(parts.next());
                }
                if (!done && !parts.hasNext()) {
                    done = true;
                    if (cancel) {
                        call.cancel("hung up", null);
                    } else {
                        call.onCompleted();
                    }
                }
            });
        }

        @Override
        public void onNext(DatasetVersion version) {
            answer.complete(version);
        }

        @Override
        public void onError(Throwable failure) {
            answer.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            // The service has answered already.
        }

        DatasetVersion get() {
            try {
                return answer.get(600, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof StatusRuntimeException status) {
                    throw status;
                }
                throw new AssertionError(e);
            } catch (TimeoutException e) {
                throw new AssertionError(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }
}
