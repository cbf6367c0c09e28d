package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.dataset.ingest.VersionImport;
import dev.finetide.dataset.lineage.PostgresDatasetTags;
import dev.finetide.dataset.lineage.PostgresVersionBlobs;
import dev.finetide.dataset.lineage.PostgresVersionDeletion;
import dev.finetide.dataset.lineage.PostgresVersionUsers;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.source.ByteRoom;
import dev.finetide.dataset.source.FileUpload;
import dev.finetide.dataset.source.PostgresFileUploadStore;
import dev.finetide.dataset.source.SourceSettings;
import dev.finetide.dataset.source.Sources;
import dev.finetide.dataset.source.Staging;
import dev.finetide.kit.blob.BlobCollection;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.dataset.v1.DatasetTag;
import dev.finetide.proto.dataset.v1.DatasetTagMove;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DeleteDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.MoveDatasetTagRequest;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.project.v1.ProjectLimits;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/// Tags, deletions and the collection of blobs on a real database.
class LineageIT {
    private static final String DATASET = "projects/default/datasets/tickets";
    private static final String V1 = DATASET + "/versions/1";
    private static final String RUN = "projects/default/trainingRuns/r1";
    private static final String MODEL = "projects/default/models/m/versions/1";
    private static final Duration GRACE = Duration.ofDays(1);

    /// The project "small" may store few bytes.
    private static final long FEW = 20_000;
    private static final Limits LIMITS = new TestLimits()
            .project("small", ProjectLimits.newBuilder().setDatasetBytes(FEW))
            .build();

    private final Database database = TestSchema.fresh();
    private final ManualClock clock = new ManualClock();
    private final InMemoryBlobStore blobs = new InMemoryBlobStore(clock);
    private final RecordingPublisher publisher = new RecordingPublisher();
    private final ByteRoom room = new PostgresByteRoom(database, LIMITS);
    private final Staging staging = new Staging(new PostgresFileUploadStore(database), blobs, room, clock);
    private final DatasetStore store = new PostgresDatasetStore(database);
    private final DatasetIngest ingest = new DatasetIngest(
            store,
            blobs,
            publisher,
            clock,
            staging,
            sources(),
            new VersionImport(blobs, Executors.newSingleThreadExecutor(), limit -> {
                throw ApiException.invalidField("length", "is not known here");
            }),
            room,
            _ -> {});
    private final PostgresVersionUsers users = new PostgresVersionUsers(database);
    private final PostgresDatasetTags tags = new PostgresDatasetTags(database, publisher, clock);
    private final PostgresVersionDeletion deletion =
            new PostgresVersionDeletion(database, users, publisher, clock, _ -> {});
    private final PostgresVersionBlobs kept = new PostgresVersionBlobs(database, GRACE, clock);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BlobCollection versions =
            new BlobCollection(blobs, "datasets/", 4, GRACE, kept::versions, meters, clock);
    private final BlobCollection uploads =
            new BlobCollection(blobs, "uploads/", 3, GRACE, kept::uploads, meters, clock);

    private Sources sources() {
        try {
            return new Sources(
                    staging,
                    new SourceSettings(
                            Set.of(),
                            Set.of(),
                            Map.of(),
                            URI.create("file:///blobs"),
                            1 << 30,
                            Duration.ofMinutes(1),
                            SSLContext.getDefault()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private DatasetVersion pushed(int rows) throws IOException {
        return pushed(DATASET, rows);
    }

    private DatasetVersion pushed(String dataset, int rows) throws IOException {
        StringBuilder train = new StringBuilder();
        for (int i = 0; i < rows; i++) {
            train.append("{\"prompt\":\"p%d\",\"completion\":\"c\"}\n".formatted(i));
        }
        return ingest.create(
                UploadHeader.newBuilder()
                        .setDataset(dataset)
                        .setJsonl(JsonlSource.getDefaultInstance())
                        .build(),
                new UploadedFiles() {
                    @Override
                    public InputStream train() {
                        return stream(train.toString());
                    }

                    @Override
                    public Optional<InputStream> test() {
                        return Optional.of(stream("{\"prompt\":\"t\",\"completion\":\"c\"}"));
                    }
                });
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private DatasetTag move(String tag, int version, String comment) {
        return tags.move(MoveDatasetTagRequest.newBuilder()
                .setDataset(DATASET)
                .setTag(tag)
                .setVersion(version)
                .setComment(comment)
                .build());
    }

    private DatasetVersion delete(String name) {
        return deletion.delete(
                DeleteDatasetVersionRequest.newBuilder().setName(name).build());
    }

    private long blobs() {
        return blobs.list("").size();
    }

    private static TrainingRun run(State state) {
        return TrainingRun.newBuilder()
                .setName(RUN)
                .setState(state)
                .setDatasetVersion(DatasetVersion.newBuilder().setName(V1))
                .build();
    }

    private void started() {
        TrainingEvent.Builder event = TrainingEvent.newBuilder();
        event.getTrainingRunStartedBuilder().setTrainingRun(run(State.RUNNING));
        users.on(event.build());
    }

    private void succeeded() {
        TrainingEvent.Builder event = TrainingEvent.newBuilder();
        event.getTrainingRunSucceededBuilder().setTrainingRun(run(State.SUCCEEDED));
        users.on(event.build());
    }

    private void model(ModelVersion.State state) {
        ModelVersion version = ModelVersion.newBuilder()
                .setName(MODEL)
                .setState(state)
                .setTrainingRun(RUN)
                .setDatasetVersion(V1)
                .build();
        ModelEvent.Builder event = ModelEvent.newBuilder();
        switch (state) {
            case REGISTERED -> event.getModelVersionRegisteredBuilder().setModelVersion(version);
            case REVOKED -> event.getModelVersionRevokedBuilder().setModelVersion(version);
            case REJECTED -> event.getModelVersionRejectedBuilder().setModelVersion(version);
            default -> throw new IllegalArgumentException(state.name());
        }
        users.on(event.build());
    }

    private long room(String project) {
        try {
            room.check(project, FEW, List.of());
            return FEW;
        } catch (ApiException full) {
            return FEW - Long.parseLong(full.metadata().get("used"));
        }
    }

    @Test
    void aProjectStoresSoManyBytesInVersionsAndUploadedFiles() throws IOException {
        String tickets = "projects/small/datasets/tickets";
        assertThat(room("projects/small")).isEqualTo(FEW);
        DatasetVersion one = pushed(tickets, 100);
        long size = PostgresByteRoom.sizeOf(one);
        assertThat(room("projects/small"))
                .as("files of which a version was made count no longer")
                .isEqualTo(FEW - size);
        assertThat(pushed(tickets, 100))
                .as("the same content has no more bytes")
                .isEqualTo(one);

        String file = UUID.randomUUID().toString();
        int uploaded = (int) (FEW - size);
        staging.receive(
                new FileUpload("projects/small", file, uploaded, "", List.of()),
                0,
                new ByteArrayInputStream(new byte[uploaded]));
        assertThat(room("projects/small")).isZero();
        assertThatThrownBy(() -> pushed(tickets, 200))
                .isInstanceOfSatisfying(
                        ApiException.class, full -> assertThat(full.reason()).isEqualTo(ErrorReason.QUOTA_EXCEEDED))
                .hasMessageContaining("and may have 20,000");
        assertThat(ingest.get(tickets + "/versions/latest")).isEqualTo(one);
        assertThat(pushed(200).getName()).as("another project goes on").isEqualTo(V1);

        delete(one.getName());
        assertThat(room("projects/small")).isEqualTo(size);
        staging.discard("projects/small", file);
        assertThat(room("projects/small")).isEqualTo(FEW);
    }

    @Test
    void uploadsAtTheSameTimeDoNotPassTheLimitTogether() throws Exception {
        int half = (int) FEW / 2 + 1;
        CyclicBarrier together = new CyclicBarrier(8);
        List<Callable<Boolean>> uploads = Collections.nCopies(8, () -> {
            InputStream late = new SequenceInputStream(new ByteArrayInputStream(new byte[half]), new InputStream() {
                @Override
                public int read() throws IOException {
                    try {
                        together.await(); // every upload was let in before one has stored its bytes
                        return -1;
                    } catch (InterruptedException | BrokenBarrierException e) {
                        throw new IOException(e);
                    }
                }
            });
            String file = UUID.randomUUID().toString();
            try {
                return staging.receive(new FileUpload("projects/small", file, half, "", List.of()), 0, late)
                        .isComplete();
            } catch (ApiException full) {
                assertThat(full.reason()).isEqualTo(ErrorReason.QUOTA_EXCEEDED);
                return false;
            }
        });
        int complete = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> upload : threads.invokeAll(uploads)) {
                complete += upload.get() ? 1 : 0;
            }
        }
        assertThat(complete).isEqualTo(1);
        assertThat(room("projects/small")).isEqualTo(FEW - half);
    }

    @Test
    void aVersionIsRefusedForItsOwnBytesAndNotForThoseOfItsFiles() throws IOException {
        // 550 rows are some 18,500 bytes as a file: file and version together would not fit.
        DatasetVersion fits = pushed("projects/small/datasets/a", 550);
        assertThat(PostgresByteRoom.sizeOf(fits)).isGreaterThan(FEW - 550 * 33);
    }

    @Test
    void versionsFromBeforeTheirBytesWereCountedCount() throws IOException {
        DatasetVersion one = pushed("projects/small/datasets/tickets", 100);
        database.with(handle -> handle.execute("update dataset_versions set size_bytes = null"));
        assertThat(room("projects/small")).isEqualTo(FEW - PostgresByteRoom.sizeOf(one));
        assertThat(database.<Integer>with(
                        handle -> handle.createQuery("select count(*) from dataset_versions where size_bytes is null")
                                .mapTo(Integer.class)
                                .one()))
                .isZero();
    }

    @Test
    void aTagMovesAndItsHistoryStays() throws IOException {
        pushed(1);
        DatasetVersion two = pushed(2);

        move("prod", 1, "first");
        DatasetTag moved = move("prod", 2, "better");
        move("prod", 2, "again");

        assertThat(moved.getDatasetVersion()).isEqualTo(two.getName());
        assertThat(ingest.get(DATASET + "/versions/prod")).isEqualTo(two);
        assertThat(tags.list(DATASET)).containsExactly(moved);
        assertThat(move("prod", 0, "gone").getDatasetVersion()).isEmpty();
        assertThat(tags.list(DATASET)).isEmpty();
        assertThatThrownBy(() -> ingest.get(DATASET + "/versions/prod")).hasMessageContaining("does not exist");
        assertThat(tags.moves(DATASET, "prod"))
                .extracting(DatasetTagMove::getFromVersion, DatasetTagMove::getToVersion, DatasetTagMove::getComment)
                .containsExactly(
                        tuple(two.getName(), "", "gone"), tuple(V1, two.getName(), "better"), tuple("", V1, "first"));
        assertThat(publisher.types())
                .containsExactly(
                        "DatasetVersionPublished",
                        "DatasetVersionPublished",
                        "DatasetTagMoved",
                        "DatasetTagMoved",
                        "DatasetTagMoved");
        assertThatThrownBy(() -> move("prod", 3, "")).hasMessageContaining(DATASET + "/versions/3 does not exist");
        assertThatThrownBy(() -> move("latest", 1, "")).hasMessageContaining("tag: expected");
        assertThat(PostgresDatasetTags.isTag("2")).isFalse();
    }

    @Test
    void aDeletedVersionIsATombstoneAndItsContentComesAgainAsANewVersion() throws IOException {
        DatasetVersion one = pushed(1);
        DatasetVersion two = pushed(2);

        DatasetVersion tombstone = delete(two.getName());

        assertThat(tombstone.getDigest()).isEqualTo(two.getDigest());
        assertThat(tombstone.getTrainRows()).isEqualTo(2);
        assertThat(tombstone.getShardsList()).isEmpty();
        assertThat(ingest.get(two.getName())).isEqualTo(tombstone).isEqualTo(delete(two.getName()));
        assertThat(ingest.get(DATASET + "/versions/latest")).isEqualTo(one);
        assertThat(ingest.versions(DATASET, new Page(10, Optional.empty()))).containsExactly(one);
        assertThatThrownBy(() -> RowSource.open(blobs, tombstone, ReadRowsRequest.getDefaultInstance()))
                .hasMessageContaining("it is deleted");
        assertThatThrownBy(() -> move("prod", 2, "")).hasMessageContaining("it is deleted");
        assertThat(pushed(2).getName()).isEqualTo(DATASET + "/versions/3");
        assertThat(publisher.types()).contains("DatasetVersionDeleted");
    }

    @Test
    void aVersionThatSomethingNeedsIsNotDeleted() throws IOException {
        pushed(1);
        move("prod", 1, "");
        assertThatThrownBy(() -> delete(V1)).hasMessage("cannot delete " + V1 + ": it is needed by the tag prod");
        move("prod", 0, "");

        started();
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("needed by " + RUN + " (RUNNING)");
        succeeded();
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("needed by " + RUN + " (SUCCEEDED)");
        model(ModelVersion.State.REGISTERED);
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("needed by " + MODEL + " (REGISTERED)");
        model(ModelVersion.State.REVOKED);
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("needed by " + MODEL + " (REVOKED)");
        model(ModelVersion.State.REJECTED);

        EvaluationEvent.Builder evaluation = EvaluationEvent.newBuilder();
        evaluation
                .getEvaluationStartedBuilder()
                .setEvaluation(Evaluation.newBuilder()
                        .setName("projects/default/evaluations/e1")
                        .setState(State.RUNNING)
                        .setDatasetVersion(DatasetVersion.newBuilder().setName(V1)));
        users.on(evaluation.build());
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("projects/default/evaluations/e1 (RUNNING)");
        evaluation
                .getEvaluationFailedBuilder()
                .setEvaluation(Evaluation.newBuilder().setName("projects/default/evaluations/e1"));
        users.on(evaluation.build());
        evaluation
                .getEvaluationStartedBuilder()
                .setEvaluation(Evaluation.newBuilder()
                        .setName("projects/default/evaluations/e2")
                        .setState(State.RUNNING)
                        .setDatasetVersion(DatasetVersion.newBuilder().setName(DATASET + "/versions/9"))
                        .addOtherVersions(DatasetVersion.newBuilder().setName(V1)));
        users.on(evaluation.build());
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("projects/default/evaluations/e2 (RUNNING)");
        evaluation
                .getEvaluationFailedBuilder()
                .setEvaluation(Evaluation.newBuilder().setName("projects/default/evaluations/e2"));
        users.on(evaluation.build());

        String lookedUp = learntWithPassagesOf(V1);
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("needed by " + lookedUp + " (RUNNING)");
        ModelEvent.Builder registered = ModelEvent.newBuilder();
        registered
                .getModelVersionRegisteredBuilder()
                .getModelVersionBuilder()
                .setName(MODEL)
                .setState(ModelVersion.State.REGISTERED)
                .setTrainingRun(lookedUp)
                .setDatasetVersion(DATASET + "/versions/9")
                .setPassages(Retrieval.newBuilder().setCount(3).setDocuments(V1));
        users.on(registered.build());
        assertThatThrownBy(() -> delete(V1)).hasMessageContaining("needed by " + MODEL + " (REGISTERED)");
        model(ModelVersion.State.REJECTED);

        assertThatThrownBy(() -> deletion.delete(DeleteDatasetVersionRequest.newBuilder()
                        .setName(V1)
                        .setEtag("other")
                        .build()))
                .hasMessageContaining("has changed since etag other");
        assertThat(delete(V1).hasDeleteTime()).isTrue();
    }

    /// Starts a run of other rows that are learnt with passages of a version, and returns its name.
    private String learntWithPassagesOf(String version) {
        TrainingRun run = TrainingRun.newBuilder()
                .setName("projects/default/trainingRuns/looking")
                .setState(State.RUNNING)
                .setDatasetVersion(DatasetVersion.newBuilder().setName(DATASET + "/versions/9"))
                .setPassageDocuments(DatasetVersion.newBuilder().setName(version))
                .build();
        TrainingEvent.Builder event = TrainingEvent.newBuilder();
        event.getTrainingRunStartedBuilder().setTrainingRun(run);
        users.on(event.build());
        return run.getName();
    }

    @Test
    void theEventOfAModelVersionMayComeBeforeThatOfItsRun() throws IOException {
        pushed(1);

        started();
        model(ModelVersion.State.REGISTERED);
        model(ModelVersion.State.REJECTED);
        succeeded();

        assertThat(users.of(V1, 5)).isEmpty();
    }

    @Test
    void rowsGoAfterTheGraceTimeAndNothingElseDoes() throws IOException {
        pushed(1);
        long ofOne = blobs();
        pushed(2);
        long all = blobs();
        String broken = "datasets/default/tickets/broken/";
        blobs.put(broken + "rows/train/0", stream("rows of a service that was killed"));
        store.uploadStarted("datasets/default/tickets/running/", clock.instant());
        blobs.put("datasets/default/tickets/running/rows/train/0", stream("rows"));
        staging.stage("projects/default", "file", stream("staged"));
        blobs.put("uploads/default/forgotten/0", stream("nobody's"));
        delete(V1);

        clock.advance(GRACE.minusSeconds(1));
        assertThat(versions.collect().blobs()).isZero();
        assertThat(uploads.collect().blobs()).isZero();

        clock.advance(Duration.ofSeconds(1));
        started();
        assertThat(versions.collect().blobs()).isEqualTo(1);
        assertThat(uploads.collect().blobs()).isEqualTo(1);
        assertThat(blobs.list(broken)).isEmpty();
        assertThat(blobs()).isEqualTo(all + 2);

        // A run that began before the deletion has ended.
        succeeded();
        model(ModelVersion.State.REJECTED);
        assertThat(versions.collect().blobs()).isEqualTo((int) ofOne);
        assertThat(blobs()).isEqualTo(all + 2 - ofOne);
        assertThat(versions.collect().blobs()).isZero();
        try (RowSource rows =
                RowSource.open(blobs, ingest.get(DATASET + "/versions/2"), ReadRowsRequest.getDefaultInstance())) {
            assertThat(rows.next().getJson()).isEqualTo("{\"prompt\":\"p0\",\"completion\":\"c\"}");
        }
    }

    @Test
    void whereTheBlobsOfOldVersionsAreIsFoundInTheirManifests() throws IOException {
        pushed(1);
        database.with(handle -> handle.createUpdate("update dataset_versions set blob_prefix = null")
                .execute());
        List<String> before = blobs.list("").stream().map(BlobEntry::key).toList();
        clock.advance(GRACE.multipliedBy(2));

        assertThat(versions.collect().blobs()).isZero();
        assertThat(blobs.list("")).extracting(BlobEntry::key).containsExactlyElementsOf(before);
    }
}
