package dev.finetide.cli.platform;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceImplBase;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsResponse;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.UploadHeader;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Stand-in for dataset-service that keeps uploads. A line without a quotation mark is an invalid row.
public final class Datasets extends DatasetServiceImplBase {
    public final List<UploadHeader> headers = new CopyOnWriteArrayList<>();
    public final List<Integer> chunkSizes = new CopyOnWriteArrayList<>();
    private final List<DatasetVersion> versions = new CopyOnWriteArrayList<>();
    private volatile ByteString train = ByteString.EMPTY;
    private volatile ByteString test = ByteString.EMPTY;

    public ByteString train() {
        return train;
    }

    public ByteString test() {
        return test;
    }

    @Override
    public StreamObserver<CreateDatasetVersionRequest> createDatasetVersion(StreamObserver<DatasetVersion> answer) {
        return new Upload(answer);
    }

    @Override
    public void getDatasetVersion(GetDatasetVersionRequest request, StreamObserver<DatasetVersion> answer) {
        versions.stream()
                .filter(version -> version.getName().equals(request.getName()))
                .findFirst()
                .ifPresentOrElse(
                        version -> {
                            answer.onNext(version);
                            answer.onCompleted();
                        },
                        () -> answer.onError(Refusals.notFound(request.getName())));
    }

    /// Returns two items per page, so that a reader must request the next page.
    @Override
    public void listDatasetVersions(
            ListDatasetVersionsRequest request, StreamObserver<ListDatasetVersionsResponse> answer) {
        int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
        int to = Math.min(from + 2, versions.size());
        answer.onNext(ListDatasetVersionsResponse.newBuilder()
                .addAllDatasetVersions(versions.subList(from, to))
                .setNextPageToken(to < versions.size() ? Integer.toString(to) : "")
                .build());
        answer.onCompleted();
    }

    private final class Upload implements StreamObserver<CreateDatasetVersionRequest> {
        private final StreamObserver<DatasetVersion> answer;
        private final List<ByteString> trainChunks = new ArrayList<>();
        private final List<ByteString> testChunks = new ArrayList<>();

        Upload(StreamObserver<DatasetVersion> answer) {
            this.answer = answer;
        }

        @Override
        public void onNext(CreateDatasetVersionRequest part) {
            switch (part.getPartCase()) {
                case HEADER -> headers.add(part.getHeader());
                case TRAIN -> keep(trainChunks, part.getTrain().getData());
                case TEST -> keep(testChunks, part.getTest().getData());
                case PART_NOT_SET -> throw new IllegalArgumentException("empty part");
            }
        }

        private void keep(List<ByteString> chunks, ByteString data) {
            chunkSizes.add(data.size());
            chunks.add(data);
        }

        @Override
        public void onError(Throwable broken) {}

        @Override
        public void onCompleted() {
            train = ByteString.copyFrom(trainChunks);
            test = ByteString.copyFrom(testChunks);
            String[] violations = violations();
            if (violations.length > 0) {
                answer.onError(Refusals.refusal(
                        Code.INVALID_ARGUMENT, "INVALID_ROWS", violations.length / 2 + " invalid rows", violations));
                return;
            }
            DatasetVersion version = DatasetVersion.newBuilder()
                    .setName(headers.getLast().getDataset() + "/versions/" + (versions.size() + 1))
                    .setTrainRows(train.toStringUtf8().lines().count())
                    .setTestRows(test.toStringUtf8().lines().count())
                    .setRowFormat(RowFormat.PROMPT_COMPLETION)
                    .build();
            versions.add(version);
            answer.onNext(version);
            answer.onCompleted();
        }

        private String[] violations() {
            List<String> violations = new ArrayList<>();
            List<String> lines = train.toStringUtf8().lines().toList();
            for (int line = 1; line <= lines.size(); line++) {
                if (!lines.get(line - 1).contains("\"")) {
                    violations.addAll(List.of("train:" + line, "not a JSON object"));
                }
            }
            return violations.toArray(String[]::new);
        }
    }
}
