package dev.finetide.dataset;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.diff.VersionDiff;
import dev.finetide.dataset.export.ExportSource;
import dev.finetide.dataset.ingest.LongWork;
import dev.finetide.dataset.lineage.PostgresDatasetTags;
import dev.finetide.dataset.lineage.PostgresVersionDeletion;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.recipe.Derivation;
import dev.finetide.dataset.source.Staging;
import dev.finetide.dataset.tokens.BaseTexts;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.rpc.Places;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.proto.dataset.v1.CheckSupervisionRequest;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
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
import dev.finetide.proto.dataset.v1.ListDatasetTagMovesRequest;
import dev.finetide.proto.dataset.v1.ListDatasetTagMovesResponse;
import dev.finetide.proto.dataset.v1.ListDatasetTagsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetTagsResponse;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsResponse;
import dev.finetide.proto.dataset.v1.ListDatasetsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetsResponse;
import dev.finetide.proto.dataset.v1.MoveDatasetTagRequest;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import dev.finetide.proto.dataset.v1.UploadFileRequest;
import dev.finetide.proto.dataset.v1.UploadedFile;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Serves DatasetService over gRPC.
@GrpcService
public class DatasetRpc extends DatasetServiceGrpc.DatasetServiceImplBase {
    private final RpcFunnel rpc;
    private final Slots slots;
    private final DatasetIngest ingest;
    /// Limits the uploads at one time, because each needs some 30 MB. Further uploads wait unread.
    private final Places atOnce;
    private final DatasetMeters meters;
    private final Staging staging;
    private final BlobStore blobs;
    private final BaseTexts texts;
    private final Derivation derivation;
    private final PostgresDatasetTags tags;
    private final PostgresVersionDeletion deletion;

    DatasetRpc(
            RpcFunnel rpc,
            Slots slots,
            DatasetIngest ingest,
            DatasetMeters meters,
            Staging staging,
            BlobStore blobs,
            BaseTexts texts,
            Derivation derivation,
            PostgresDatasetTags tags,
            PostgresVersionDeletion deletion,
            @ConfigProperty(name = "dataset.uploads.at-once") int atOnce) {
        this.rpc = rpc;
        this.slots = slots;
        this.ingest = ingest;
        this.meters = meters;
        this.staging = staging;
        this.blobs = blobs;
        this.texts = texts;
        this.derivation = derivation;
        this.tags = tags;
        this.deletion = deletion;
        this.atOnce = new Places(atOnce);
    }

    @Override
    public StreamObserver<CreateDatasetVersionRequest> createDatasetVersion(StreamObserver<DatasetVersion> observer) {
        return rpc.upload(observer, atOnce, upload -> meters.counted(() -> ReceivedFiles.read(upload, ingest::create)));
    }

    @Override
    public StreamObserver<UploadFileRequest> uploadFile(StreamObserver<UploadedFile> observer) {
        return rpc.upload(observer, atOnce, upload -> ReceivedFile.receive(upload, staging));
    }

    @Override
    @Blocking
    public void getUploadedFile(GetUploadedFileRequest request, StreamObserver<UploadedFile> observer) {
        rpc.unary(request, observer, () -> ReceivedFile.shown(staging.find(request.getParent(), request.getFileId())));
    }

    @Override
    public void importDatasetVersion(ImportDatasetVersionRequest request, StreamObserver<ImportProgress> observer) {
        rpc.watch(request, observer, () -> making(counter -> ingest.importFiles(request, counter)));
    }

    @Override
    public void deriveDatasetVersion(DeriveDatasetVersionRequest request, StreamObserver<ImportProgress> observer) {
        rpc.watch(request, observer, () -> making(counter -> derivation.derive(request, counter)));
    }

    @Override
    @Blocking
    public void diffDatasetVersions(DiffDatasetVersionsRequest request, StreamObserver<DatasetDiff> observer) {
        rpc.unary(
                request,
                observer,
                () -> VersionDiff.of(
                        blobs, ingest.get(request.getOld()), ingest.get(request.getNew()), request.getExamples()));
    }

    @Override
    @Blocking
    public void moveDatasetTag(MoveDatasetTagRequest request, StreamObserver<DatasetTag> observer) {
        rpc.unary(request, observer, () -> tags.move(request));
    }

    @Override
    @Blocking
    public void listDatasetTags(ListDatasetTagsRequest request, StreamObserver<ListDatasetTagsResponse> observer) {
        rpc.unary(
                request,
                observer,
                () -> ListDatasetTagsResponse.newBuilder()
                        .addAllTags(tags.list(request.getParent()))
                        .build());
    }

    @Override
    @Blocking
    public void listDatasetTagMoves(
            ListDatasetTagMovesRequest request, StreamObserver<ListDatasetTagMovesResponse> observer) {
        rpc.unary(
                request,
                observer,
                () -> ListDatasetTagMovesResponse.newBuilder()
                        .addAllMoves(tags.moves(request.getParent(), request.getTag()))
                        .build());
    }

    @Override
    @Blocking
    public void deleteDatasetVersion(DeleteDatasetVersionRequest request, StreamObserver<DatasetVersion> observer) {
        rpc.unary(request, observer, () -> deletion.delete(request));
    }

    @Override
    public void readRows(ReadRowsRequest request, StreamObserver<Row> observer) {
        rpc.watch(request, observer, () -> RowSource.open(blobs, ingest.get(request.getName()), request));
    }

    @Override
    public void exportRows(ExportRowsRequest request, StreamObserver<Chunk> observer) {
        rpc.watch(request, observer, () -> ExportSource.open(blobs, ingest.get(request.getName()), request));
    }

    @Override
    @Blocking
    public void explainRow(ExplainRowRequest request, StreamObserver<RowTokens> observer) {
        rpc.unary(request, observer, () -> {
            DatasetVersion version = ingest.get(request.getName());
            RowSource.requireAnswers("name", version);
            ReadRowsRequest one = ReadRowsRequest.newBuilder()
                    .setSplit(RowSource.split(version, request.getSplit()))
                    .setFirst(request.getRow())
                    .setCount(1)
                    .build();
            try (RowSource rows = RowSource.open(blobs, version, one)) {
                return texts.explain(request, rows);
            }
        });
    }

    @Override
    @Blocking
    public void checkSupervision(CheckSupervisionRequest request, StreamObserver<SupervisionReport> observer) {
        Context call = Context.current();
        rpc.unary(request, observer, () -> {
            DatasetVersion version = ingest.get(request.getName());
            RowSource.requireAnswers("name", version);
            ReadRowsRequest all = ReadRowsRequest.newBuilder()
                    .setSplit(RowSource.split(version, request.getSplit()))
                    .build();
            try (RowSource rows = RowSource.open(blobs, version, all)) {
                return texts.check(version, request, rows, call::isCancelled);
            }
        });
    }

    /// Makes a version as soon as there is a place, and tells the client how far it is. It counts as an
    /// upload of the project until it is made, also when the client has gone.
    private LongWork making(LongWork.Making making) {
        // The fork has the caller for the audit, and is not cancelled when the client goes.
        Context caller = Context.current().fork();
        return new LongWork(counter -> caller.call(() -> meters.counted(() -> {
            try (Slots.Slot _ = slots.take(Limit.PARALLEL_UPLOADS, "uploads at once");
                    Places.Place _ = atOnce.enter()) {
                return making.make(counter);
            }
        })));
    }

    @Override
    @Blocking
    public void getDatasetVersion(GetDatasetVersionRequest request, StreamObserver<DatasetVersion> observer) {
        rpc.unary(request, observer, () -> ingest.get(request.getName()));
    }

    @Override
    @Blocking
    public void listDatasetVersions(
            ListDatasetVersionsRequest request, StreamObserver<ListDatasetVersionsResponse> observer) {
        rpc.unary(request, observer, () -> {
            Page page = Page.of(request.getPageSize(), request.getPageToken());
            Page.Rows<DatasetVersion> versions =
                    page.fit(ingest.versions(request.getParent(), page), DatasetVersion::getSerializedSize);
            return ListDatasetVersionsResponse.newBuilder()
                    .addAllDatasetVersions(versions.shown())
                    .setNextPageToken(versions.nextToken(version -> afterLastSlash(version.getName())))
                    .build();
        });
    }

    @Override
    @Blocking
    public void listDatasets(ListDatasetsRequest request, StreamObserver<ListDatasetsResponse> observer) {
        rpc.unary(request, observer, () -> {
            Page page = Page.of(request.getPageSize(), request.getPageToken());
            Page.Rows<Dataset> datasets =
                    page.fit(ingest.datasets(request.getParent(), page), Dataset::getSerializedSize);
            return ListDatasetsResponse.newBuilder()
                    .addAllDatasets(datasets.shown())
                    .setNextPageToken(datasets.nextToken(Dataset::getName))
                    .build();
        });
    }

    private static String afterLastSlash(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
