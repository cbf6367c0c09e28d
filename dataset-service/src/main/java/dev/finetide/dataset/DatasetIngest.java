package dev.finetide.dataset;

import com.google.protobuf.util.Timestamps;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.shard.Manifest;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DatasetVersionPublished;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// Makes an immutable dataset version of uploaded rows. Rows are read, checked and split one by one into shards in
/// the blob store, and the version is published in one transaction with its event. Content identifies a version: the
/// same rows, split and source settings find the version that exists. Thread-safe.
public final class DatasetIngest {
    private static final Logger LOG = Logger.getLogger(DatasetIngest.class);

    /// Time without a new shard after which an upload counts as dead with its service.
    private static final Duration ABANDONED = Duration.ofHours(6);

    private final DatasetStore store;
    private final BlobStore blobs;
    private final EventPublisher publisher;
    private final Clock clock;

    DatasetIngest(DatasetStore store, BlobStore blobs, EventPublisher publisher, Clock clock) {
        this.store = store;
        this.blobs = blobs;
        this.publisher = publisher;
        this.clock = clock;
    }

    /// Reads an upload to its end and publishes it. A failure before that leaves nothing visible.
    ///
    /// @throws ApiException INVALID_FIELD, INVALID_ROWS with each bad row's line and reason,
    ///     RESOURCE_EXISTS if the request_id was used for another upload
    /// @throws IOException  if the upload broke or the blob store is full
    public DatasetVersion create(UploadHeader header, UploadedFiles files) throws IOException {
        UploadRequest request = UploadRequest.of(header);
        discardAbandoned();
        List<String> ids = ResourceType.DATASET.ids("dataset", request.dataset());
        String prefix = "datasets/%s/%s/%s/".formatted(ids.get(0), ids.get(1), UUID.randomUUID());
        store.uploadStarted(prefix, clock.instant());
        try (RowSplitter intake =
                new RowSplitter(request, blobs, prefix, () -> store.uploadAlive(prefix, clock.instant()))) {
            read(request, files, intake);
            DatasetVersion.Builder version = describe(request, intake, prefix);
            return store.transact(() -> publish(request, version, prefix));
        } finally {
            discardUnpublished(prefix);
        }
    }

    /// Returns a dataset version.
    ///
    /// @param name resource name with a version number or "latest"
    public DatasetVersion get(String name) {
        List<String> ids = ResourceType.DATASET_VERSION.ids("name", name);
        String dataset = ResourceType.DATASET.name(ids.get(0), ids.get(1));
        Optional<DatasetVersion> version =
                ids.get(2).equals("latest") ? store.latest(dataset) : store.version(dataset, number(ids.get(2)));
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

    private static void read(UploadRequest request, UploadedFiles files, RowSplitter intake) throws IOException {
        try (InputStream train = files.train()) {
            intake.takeTrain(request.open("train", train));
        }
        Optional<InputStream> second = files.test();
        if (second.isPresent()) {
            if (request.header().hasTestFraction()) {
                throw ApiException.invalidField("test_fraction", "cannot be combined with a test file");
            }
            try (InputStream test = second.get()) {
                intake.takeTest(request.open("test", test));
            }
        }
    }

    private DatasetVersion.Builder describe(UploadRequest request, RowSplitter intake, String prefix)
            throws IOException {
        DatasetVersion.Builder version = intake.finish();
        Manifest manifest =
                Manifest.of(request.header(), intake.hasTestFile(), request.testFraction(), version.buildPartial());
        BlobRef blob = blobs.put(prefix + "manifest.json", new ByteArrayInputStream(manifest.bytes()));
        return version.setDigest(manifest.digest())
                .setEtag(manifest.digest().substring(0, 16))
                .setManifest(BlobFile.newBuilder()
                        .setPath("manifest.json")
                        .setSizeBytes(blob.size())
                        .setSha256(blob.sha256())
                        .setBlobKey(blob.key()));
    }

    private DatasetVersion publish(UploadRequest request, DatasetVersion.Builder version, String prefix) {
        String dataset = request.dataset();
        int latest = store.lock(dataset, clock.instant());
        Optional<DatasetVersion> same = store.withDigest(dataset, version.getDigest());
        List<String> ids = ResourceType.DATASET.ids("dataset", dataset);
        String name = same.map(DatasetVersion::getName)
                .orElseGet(() -> ResourceType.DATASET_VERSION.name(ids.get(0), ids.get(1), latest + 1));
        String requestId = request.header().getRequestId();
        if (!requestId.isEmpty()) {
            String body = RequestId.digest(request.header(), version.getDigest());
            store.answer(requestId, new Answered(body, name)).ifPresent(first -> first.check(body));
        }
        return same.orElseGet(() -> add(dataset, latest + 1, version.setName(name), prefix));
    }

    private DatasetVersion add(String dataset, int number, DatasetVersion.Builder version, String prefix) {
        if (!store.uploadEnded(prefix)) {
            throw ApiException.of(
                    ErrorReason.DEPENDENCY_UNAVAILABLE,
                    "the upload stood still for too long and was given up, try again",
                    "dependency",
                    "upload");
        }
        Instant now = clock.instant();
        DatasetVersion added =
                version.setCreateTime(Timestamps.fromMillis(now.toEpochMilli())).build();
        store.add(dataset, number, added, now);
        publisher.publish(
                Topics.DATASET,
                added.getName(),
                DatasetEvent.newBuilder()
                        .setDatasetVersionPublished(
                                DatasetVersionPublished.newBuilder().setDatasetVersion(added))
                        .build());
        LOG.infof(
                "dataset version published version=%s trainRows=%d testRows=%d",
                added.getName(), added.getTrainRows(), added.getTestRows());
        return added;
    }

    /// Deletes the blobs of uploads whose service died, which belong to no version.
    private void discardAbandoned() {
        store.abandonedUploads(clock.instant().minus(ABANDONED)).forEach(this::discardUnpublished);
    }

    /// Deletes an upload's blobs, unless the upload was published. A published upload has no row, even if the
    /// commit's answer was lost. While this transaction holds the row, no other can publish the upload.
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

    private static int number(String id) {
        if (!id.matches("[1-9][0-9]{0,8}")) {
            throw ApiException.invalidField("name", "expected a version number or \"latest\", got \"" + id + "\"");
        }
        return Integer.parseInt(id);
    }
}
