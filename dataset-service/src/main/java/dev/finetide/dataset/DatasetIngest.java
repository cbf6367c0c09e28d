package dev.finetide.dataset;

import com.google.protobuf.util.Timestamps;
import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.ingest.ImportCounter;
import dev.finetide.dataset.ingest.VersionImport;
import dev.finetide.dataset.lineage.PostgresDatasetTags;
import dev.finetide.dataset.source.ByteRoom;
import dev.finetide.dataset.source.Sources;
import dev.finetide.dataset.source.StagedFile;
import dev.finetide.dataset.source.Staging;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DatasetVersionPublished;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Makes immutable dataset versions. Files are staged first, wherever they come from; their rows are
/// then read, checked and split one by one into shards in the blob store, and the version is published
/// in one transaction with its event. Content identifies a version: the same rows in the same splits
/// find the version that exists. Thread-safe.
public final class DatasetIngest {
    private static final Logger LOG = Logger.getLogger(DatasetIngest.class);

    /// Time without a new shard after which an upload counts as dead with its service.
    private static final Duration ABANDONED = Duration.ofHours(6);

    private final DatasetStore store;
    private final BlobStore blobs;
    private final EventPublisher publisher;
    private final Clock clock;
    private final Staging staging;
    private final Sources sources;
    private final VersionImport versions;
    private final ByteRoom room;
    private final Consumer<DatasetVersion> published;

    /// @param published receives each new version, in the transaction that publishes it
    DatasetIngest(
            DatasetStore store,
            BlobStore blobs,
            EventPublisher publisher,
            Clock clock,
            Staging staging,
            Sources sources,
            VersionImport versions,
            ByteRoom room,
            Consumer<DatasetVersion> published) {
        this.store = store;
        this.blobs = blobs;
        this.publisher = publisher;
        this.clock = clock;
        this.staging = staging;
        this.sources = sources;
        this.versions = versions;
        this.room = room;
        this.published = published;
    }

    /// Writes the rows of a new version under a prefix of the blob store.
    public interface Writing {
        /// @param prefix prefix of the keys of all blobs, ending with `/`
        /// @param alive runs after each stored shard, so that the blobs do not count as abandoned
        /// @return the version without name and times
        DatasetVersion.Builder write(String prefix, Runnable alive) throws IOException;
    }

    /// Reads an upload to its end and publishes it. A failure before that leaves nothing visible.
    ///
    /// @throws ApiException INVALID_FIELD, INVALID_ROWS with each bad row's line and reason,
    ///     RESOURCE_EXISTS if the request_id was used for another upload
    /// @throws IOException  if the upload broke or the blob store is full
    public DatasetVersion create(UploadHeader header, UploadedFiles files) throws IOException {
        ImportDatasetVersionRequest request = UploadRequest.of(header);
        String project = project(request.getDataset());
        List<Sources.Source> staged = new ArrayList<>();
        try {
            try (InputStream train = files.train()) {
                staged.add(new Sources.Source(staging.stage(project, "train", train), "train", true));
            }
            Optional<InputStream> second = files.test();
            if (second.isPresent()) {
                if (header.hasTestFraction()) {
                    throw ApiException.invalidField("test_fraction", "cannot be combined with a test file");
                }
                try (InputStream test = second.get()) {
                    staged.add(new Sources.Source(staging.stage(project, "test", test), "test", true));
                }
            }
            // The same bytes are the same request: the header says nothing about them.
            String body = RequestId.digest(
                    header,
                    staged.stream()
                            .map(Sources.Source::file)
                            .map(StagedFile::sha256)
                            .toArray(String[]::new));
            return make(request, staged, body, new ImportCounter());
        } finally {
            sources.discard(project, staged);
        }
    }

    /// Reads files, wherever they are, and publishes a version of their rows. A failure before that
    /// leaves nothing visible.
    ///
    /// @throws ApiException INVALID_FIELD, INVALID_ROWS, RESOURCE_NOT_FOUND for an unknown upload,
    ///     RESOURCE_EXISTS, DEPENDENCY_UNAVAILABLE
    /// @throws IOException  if the blob store is full
    public DatasetVersion importFiles(ImportDatasetVersionRequest request, ImportCounter counter) throws IOException {
        String body = RequestId.digest(request);
        Optional<DatasetVersion> answered = answered(request.getDataset(), request.getRequestId(), body);
        if (answered.isPresent()) {
            return answered.get();
        }
        versions.check(request);
        String project = project(request.getDataset());
        counter.step("fetching", 0);
        Sources.Content content = request.getRead().hasChunking() ? Sources.Content.DOCUMENTS : Sources.Content.ROWS;
        List<Sources.Source> staged = sources.stage(project, request.getFilesList(), content, counter::bytes);
        DatasetVersion version;
        try {
            version = make(request, staged, body, counter);
        } finally {
            sources.discard(project, staged);
        }
        // A version was made of them, so that nobody needs them any more.
        staged.forEach(source -> staging.discard(project, source.file().fileId()));
        return version;
    }

    private DatasetVersion make(
            ImportDatasetVersionRequest request, List<Sources.Source> staged, String body, ImportCounter counter)
            throws IOException {
        return publish(
                request.getDataset(),
                request.getRequestId(),
                body,
                staged.stream()
                        .map(Sources.Source::file)
                        .map(StagedFile::fileId)
                        .toList(),
                (prefix, alive) -> versions.write(request, staged, prefix, alive, counter));
    }

    /// Writes a version and publishes it, unless its content exists. A failure leaves nothing visible.
    ///
    /// @param requestId may be empty
    /// @param body digest of the request
    /// @param files ids of the uploaded files that the version is made of
    /// @throws ApiException QUOTA_EXCEEDED if the project may not store the version
    public DatasetVersion publish(
            String dataset, String requestId, String body, Collection<String> files, Writing writing)
            throws IOException {
        Optional<DatasetVersion> answered = answered(dataset, requestId, body);
        if (answered.isPresent()) {
            return answered.get();
        }
        discardAbandoned();
        room.check(project(dataset), 0, files);
        List<String> ids = ResourceType.DATASET.ids("dataset", dataset);
        String prefix = "datasets/%s/%s/%s/".formatted(ids.get(0), ids.get(1), UUID.randomUUID());
        store.uploadStarted(prefix, clock.instant());
        try {
            DatasetVersion.Builder version = writing.write(prefix, () -> store.uploadAlive(prefix, clock.instant()));
            return store.transact(() -> publish(dataset, requestId, body, files, version, prefix));
        } finally {
            discardUnpublished(prefix);
        }
    }

    /// Returns a dataset version, or its tombstone.
    ///
    /// @param name resource name with a version number, a tag or "latest"
    public DatasetVersion get(String name) {
        return get(store, name);
    }

    /// Returns a dataset version of a store, or its tombstone.
    static DatasetVersion get(DatasetStore store, String name) {
        List<String> ids = ResourceType.DATASET_VERSION.ids("name", name);
        String dataset = ResourceType.DATASET.name(ids.get(0), ids.get(1));
        Optional<DatasetVersion> version;
        if (ids.get(2).equals(PostgresDatasetTags.LATEST)) {
            version = store.latest(dataset);
        } else if (PostgresDatasetTags.isTag(ids.get(2))) {
            version = store.tagged(dataset, ids.get(2));
        } else {
            version = store.version(dataset, ResourceType.versionNumber(ids.get(2), ", a tag or \"latest\""));
        }
        return version.orElseThrow(() -> ApiException.notFound(name));
    }

    /// Lists versions, newest first, with one more than the page's size if there are more.
    public List<DatasetVersion> versions(String dataset, Page page) {
        ResourceType.DATASET.ids("parent", dataset);
        if (page.after().filter(after -> !after.matches("[0-9]{1,9}")).isPresent()) {
            throw ApiException.invalidField("page_token", "is not a token this list gave");
        }
        return store.versions(dataset, page);
    }

    /// Lists datasets by name, with one more than the page's size if there are more.
    public List<Dataset> datasets(String project, Page page) {
        ResourceType.PROJECT.ids("parent", project);
        return store.datasets(project, page);
    }

    private static String project(String dataset) {
        return ResourceType.PROJECT.name(
                ResourceType.DATASET.ids("dataset", dataset).getFirst());
    }

    private Optional<DatasetVersion> answered(String dataset, String requestId, String body) {
        if (requestId.isEmpty()) {
            return Optional.empty();
        }
        Optional<Answered> answered = store.answered(requestId);
        answered.ifPresent(first -> first.check(body, dataset));
        return answered.map(first -> get(first.resource()));
    }

    private DatasetVersion publish(
            String dataset,
            String requestId,
            String body,
            Collection<String> files,
            DatasetVersion.Builder version,
            String prefix) {
        int latest = store.lock(dataset, clock.instant());
        Optional<DatasetVersion> same = store.withDigest(dataset, version.getDigest());
        List<String> ids = ResourceType.DATASET.ids("dataset", dataset);
        String name = same.map(DatasetVersion::getName)
                .orElseGet(() -> ResourceType.DATASET_VERSION.name(ids.get(0), ids.get(1), latest + 1));
        if (!requestId.isEmpty()) {
            store.answer(requestId, new Answered(body, name)).ifPresent(first -> first.check(body, name));
        }
        return same.orElseGet(() -> add(dataset, latest + 1, files, version.setName(name), prefix));
    }

    private DatasetVersion add(
            String dataset, int number, Collection<String> files, DatasetVersion.Builder version, String prefix) {
        room.check(project(dataset), PostgresByteRoom.sizeOf(version.build()), files);
        if (!store.uploadEnded(prefix)) {
            throw ApiException.of(
                    ErrorReason.DEPENDENCY_UNAVAILABLE,
                    "the upload stood still for too long and was given up, try again",
                    "dependency",
                    "upload");
        }
        Instant now = clock.instant();
        DatasetVersion added = version.setCreateTime(Timestamps.fromMillis(now.toEpochMilli()))
                .setEtag(version.getDigest().substring(0, 16))
                .build();
        store.add(dataset, number, added, now);
        publisher.publish(
                Topics.DATASET,
                added.getName(),
                DatasetEvent.newBuilder()
                        .setDatasetVersionPublished(
                                DatasetVersionPublished.newBuilder().setDatasetVersion(added))
                        .build());
        published.accept(added);
        LOG.infof(
                "dataset version published version=%s trainRows=%d testRows=%d",
                added.getName(), added.getTrainRows(), added.getTestRows());
        return added;
    }

    /// Deletes the blobs of uploads whose service died, which belong to no version.
    private void discardAbandoned() {
        store.abandonedUploads(clock.instant().minus(ABANDONED)).forEach(this::discardUnpublished);
    }

    /// Deletes an upload's blobs, unless the upload was published. A published upload has no row, even
    /// if the commit's answer was lost. While this transaction holds the row, no other can publish the
    /// upload.
    private void discardUnpublished(String prefix) {
        try {
            store.transact(() -> {
                if (store.uploadEnded(prefix)) {
                    delete(prefix);
                }
                return null;
            });
        } catch (RuntimeException e) {
            LOG.warn("blobs of a broken upload cannot be deleted now and are deleted later prefix=" + prefix, e);
        }
    }

    private void delete(String prefix) {
        try {
            blobs.delete(prefix);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
