package dev.finetide.cli.platform;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.finetide.proto.dataset.v1.CheckSupervisionRequest;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceImplBase;
import dev.finetide.proto.dataset.v1.DatasetTag;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DeleteDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DeriveDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DiffDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ExplainRowRequest;
import dev.finetide.proto.dataset.v1.ExportRowsRequest;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.GetUploadedFileRequest;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ImportProgress;
import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.ListDatasetTagsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetTagsResponse;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsResponse;
import dev.finetide.proto.dataset.v1.MoveDatasetTagRequest;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import dev.finetide.proto.dataset.v1.UploadFileHeader;
import dev.finetide.proto.dataset.v1.UploadFileRequest;
import dev.finetide.proto.dataset.v1.UploadReport;
import dev.finetide.proto.dataset.v1.UploadedFile;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Stand-in for dataset-service that keeps uploads. A line without a quotation mark is an invalid row.
public final class Datasets extends DatasetServiceImplBase {
    public final List<ImportDatasetVersionRequest> imports = new CopyOnWriteArrayList<>();
    public final List<DeriveDatasetVersionRequest> derivations = new CopyOnWriteArrayList<>();
    public final List<UploadFileHeader> headers = new CopyOnWriteArrayList<>();
    public final List<Integer> chunkSizes = new CopyOnWriteArrayList<>();
    public final List<MoveDatasetTagRequest> tagMoves = new CopyOnWriteArrayList<>();
    public final List<ReadRowsRequest> reads = new CopyOnWriteArrayList<>();
    public final List<DeleteDatasetVersionRequest> deletions = new CopyOnWriteArrayList<>();

    /// Rows that ReadRows sends for every split but "refused".
    public final List<Row> rows = new CopyOnWriteArrayList<>();

    /// Number of chunks after which the next upload breaks; 0 for none.
    public final AtomicInteger breakAfterChunks = new AtomicInteger();

    /// Runs after each chunk of an upload.
    public final AtomicReference<Runnable> afterChunk = new AtomicReference<>(() -> {});

    /// Field for which derivations are refused; empty for none.
    public final AtomicReference<String> refuseField = new AtomicReference<>("");

    /// Status with which an upload breaks.
    public final AtomicReference<Status> breakWith = new AtomicReference<>(Status.UNAVAILABLE);

    /// Answers to ExplainRow, CheckSupervision and DiffDatasetVersions, and the last request of each.
    public final AtomicReference<RowTokens> tokens = new AtomicReference<>(RowTokens.getDefaultInstance());

    public final AtomicReference<SupervisionReport> supervision =
            new AtomicReference<>(SupervisionReport.getDefaultInstance());
    public final AtomicReference<DatasetDiff> diff = new AtomicReference<>(DatasetDiff.getDefaultInstance());
    public final List<ExplainRowRequest> explanations = new CopyOnWriteArrayList<>();
    public final List<CheckSupervisionRequest> checks = new CopyOnWriteArrayList<>();
    public final List<DiffDatasetVersionsRequest> diffs = new CopyOnWriteArrayList<>();

    /// Number of rows or chunks after which the next stream to the client breaks; 0 for none.
    public final AtomicInteger breakAfterMessages = new AtomicInteger();

    /// Bytes that ExportRows sends, a chunk each.
    public final List<ByteString> exported = new CopyOnWriteArrayList<>();

    private final List<DatasetVersion> versions = new CopyOnWriteArrayList<>();
    private final List<Row> refused = new CopyOnWriteArrayList<>();
    private final Map<String, ByteString> files = new HashMap<>();

    /// Returns the bytes of a split's files in the last import.
    public synchronized ByteString bytesOf(String split) {
        return imports.getLast().getFilesList().stream()
                .filter(file -> file.getSplit().equals(split))
                .map(file -> files.get(file.getUploadedFile()))
                .reduce(ByteString.EMPTY, ByteString::concat);
    }

    @Override
    public synchronized void getUploadedFile(GetUploadedFileRequest request, StreamObserver<UploadedFile> answer) {
        ByteString stored = files.get(request.getFileId());
        if (stored == null) {
            answer.onError(Refusals.notFound("file " + request.getFileId()));
            return;
        }
        answer.onNext(UploadedFile.newBuilder()
                .setFileId(request.getFileId())
                .setStoredBytes(stored.size())
                .build());
        answer.onCompleted();
    }

    @Override
    public StreamObserver<UploadFileRequest> uploadFile(StreamObserver<UploadedFile> answer) {
        return new Upload(answer);
    }

    @Override
    public synchronized void importDatasetVersion(
            ImportDatasetVersionRequest request, StreamObserver<ImportProgress> answer) {
        imports.add(request);
        refused.clear();
        long train = 0;
        long test = 0;
        List<String> violations = new ArrayList<>();
        for (DataFile file : request.getFilesList()) {
            List<String> lines = files.getOrDefault(file.getUploadedFile(), ByteString.EMPTY)
                    .toStringUtf8()
                    .lines()
                    .toList();
            for (int line = 1; line <= lines.size(); line++) {
                if (!lines.get(line - 1).contains("\"")) {
                    violations.addAll(List.of(file.getPath() + ":" + line, "not a JSON object"));
                    refused.add(refused(file.getPath(), line, lines.get(line - 1)));
                }
            }
            train += file.getSplit().equals("test") ? 0 : lines.size();
            test += file.getSplit().equals("test") ? lines.size() : 0;
        }
        if (refused.size() > request.getAllowInvalid()) {
            answer.onError(Refusals.refusal(
                    Code.INVALID_ARGUMENT,
                    "INVALID_ROWS",
                    refused.size() + " invalid rows",
                    violations.toArray(String[]::new)));
            return;
        }
        answer.onNext(
                ImportProgress.newBuilder().setBytesRead(1).setBytesTotal(2).build());
        publish(
                DatasetVersion.newBuilder()
                        .setName(request.getDataset() + "/versions/" + (versions.size() + 1))
                        .setTrainRows(train)
                        .setTestRows(test)
                        .setRowFormat(RowFormat.PROMPT_COMPLETION)
                        .setEtag("e1")
                        .setReport(UploadReport.newBuilder()
                                .setRowsRead(train + test)
                                .setRowsInvalid(refused.size()))
                        .build(),
                answer);
    }

    private static Row refused(String file, int line, String text) {
        return Row.newBuilder()
                .setJson(text)
                .setSplit("refused")
                .setRefused(InvalidRow.newBuilder().setFile(file).setLine(line).setReason("not a JSON object"))
                .build();
    }

    @Override
    public void deriveDatasetVersion(DeriveDatasetVersionRequest request, StreamObserver<ImportProgress> answer) {
        derivations.add(request);
        if (!refuseField.get().isEmpty()) {
            answer.onError(Refusals.refusal(
                    Code.INVALID_ARGUMENT,
                    "INVALID_FIELD",
                    refuseField.get() + ": is wrong",
                    refuseField.get(),
                    "is wrong"));
            return;
        }
        answer.onNext(ImportProgress.newBuilder().setStep("filter").build());
        publish(
                DatasetVersion.newBuilder()
                        .setName(request.getDataset() + "/versions/" + (versions.size() + 1))
                        .setRecipe(request.getRecipe())
                        .build(),
                answer);
    }

    private void publish(DatasetVersion version, StreamObserver<ImportProgress> answer) {
        versions.add(version);
        answer.onNext(ImportProgress.newBuilder().setDatasetVersion(version).build());
        answer.onCompleted();
    }

    @Override
    public void readRows(ReadRowsRequest request, StreamObserver<Row> answer) {
        reads.add(request);
        List<Row> all = request.getSplit().equals("refused") ? refused : rows;
        long first = Math.max(1, request.getFirst());
        send(
                all.stream()
                        .skip(first - 1)
                        .limit(request.getCount() == 0 ? Long.MAX_VALUE : request.getCount())
                        .toList(),
                answer);
    }

    @Override
    public void exportRows(ExportRowsRequest request, StreamObserver<Chunk> answer) {
        send(
                exported.stream()
                        .map(bytes -> Chunk.newBuilder().setData(bytes).build())
                        .toList(),
                answer);
    }

    private <T> void send(List<T> messages, StreamObserver<T> answer) {
        int breaks = breakAfterMessages.getAndSet(0);
        for (int i = 0; i < messages.size(); i++) {
            if (breaks > 0 && i == breaks) {
                answer.onError(Status.UNAVAILABLE.asRuntimeException());
                return;
            }
            answer.onNext(messages.get(i));
        }
        answer.onCompleted();
    }

    @Override
    public void explainRow(ExplainRowRequest request, StreamObserver<RowTokens> answer) {
        explanations.add(request);
        answer.onNext(tokens.get());
        answer.onCompleted();
    }

    @Override
    public void checkSupervision(CheckSupervisionRequest request, StreamObserver<SupervisionReport> answer) {
        checks.add(request);
        answer.onNext(supervision.get());
        answer.onCompleted();
    }

    @Override
    public void diffDatasetVersions(DiffDatasetVersionsRequest request, StreamObserver<DatasetDiff> answer) {
        diffs.add(request);
        answer.onNext(diff.get());
        answer.onCompleted();
    }

    @Override
    public void moveDatasetTag(MoveDatasetTagRequest request, StreamObserver<DatasetTag> answer) {
        tagMoves.add(request);
        answer.onNext(tag(request));
        answer.onCompleted();
    }

    private static DatasetTag tag(MoveDatasetTagRequest move) {
        return DatasetTag.newBuilder()
                .setDataset(move.getDataset())
                .setTag(move.getTag())
                .setDatasetVersion(move.getVersion() == 0 ? "" : move.getDataset() + "/versions/" + move.getVersion())
                .build();
    }

    @Override
    public void listDatasetTags(ListDatasetTagsRequest request, StreamObserver<ListDatasetTagsResponse> answer) {
        ListDatasetTagsResponse.Builder tags = ListDatasetTagsResponse.newBuilder();
        tagMoves.stream()
                .filter(move -> move.getDataset().equals(request.getParent()))
                .forEach(move -> tags.addTags(tag(move)));
        answer.onNext(tags.build());
        answer.onCompleted();
    }

    @Override
    public void deleteDatasetVersion(DeleteDatasetVersionRequest request, StreamObserver<DatasetVersion> answer) {
        deletions.add(request);
        answer.onNext(DatasetVersion.newBuilder().setName(request.getName()).build());
        answer.onCompleted();
    }

    @Override
    public void getDatasetVersion(GetDatasetVersionRequest request, StreamObserver<DatasetVersion> answer) {
        String latest = request.getName().replaceFirst("/versions/latest$", "/versions/" + versions.size());
        versions.stream()
                .filter(version -> version.getName().equals(latest))
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

    private final class Upload implements StreamObserver<UploadFileRequest> {
        private final StreamObserver<UploadedFile> answer;
        private UploadFileHeader header;
        private int chunks;
        private boolean broken;

        Upload(StreamObserver<UploadedFile> answer) {
            this.answer = answer;
        }

        @Override
        public void onNext(UploadFileRequest part) {
            synchronized (Datasets.this) {
                if (broken) {
                    return;
                }
                switch (part.getPartCase()) {
                    case HEADER -> begin(part.getHeader());
                    case CHUNK -> keep(part.getChunk().getData());
                    case PART_NOT_SET -> throw new IllegalArgumentException("empty part");
                }
            }
        }

        private void begin(UploadFileHeader first) {
            header = first;
            headers.add(first);
            long stored =
                    files.getOrDefault(first.getFileId(), ByteString.EMPTY).size();
            if (stored == first.getOffset()) {
                files.putIfAbsent(first.getFileId(), ByteString.EMPTY);
            } else {
                broken = true;
                answer.onError(
                        Refusals.refusal(Code.INVALID_ARGUMENT, "INVALID_FIELD", "header.offset: expected " + stored));
            }
        }

        private void keep(ByteString data) {
            chunkSizes.add(data.size());
            files.merge(header.getFileId(), data, ByteString::concat);
            chunks++;
            afterChunk.get().run();
            if (breakAfterChunks.compareAndSet(chunks, 0)) {
                broken = true;
                answer.onError(breakWith.get().asRuntimeException());
            }
        }

        @Override
        public void onError(Throwable cut) {}

        @Override
        public void onCompleted() {
            synchronized (Datasets.this) {
                if (!broken) {
                    answer.onNext(UploadedFile.newBuilder()
                            .setFileId(header.getFileId())
                            .setStoredBytes(files.get(header.getFileId()).size())
                            .setSizeBytes(header.getSizeBytes())
                            .build());
                    answer.onCompleted();
                }
            }
        }
    }
}
