package dev.finetide.dataset.lineage;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DeleteDatasetVersionRequest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Deletes versions: leaves a tombstone with digest, counts and recipe, and lets the collection of blobs
/// take the rows after its grace time. Refuses while something needs the rows, and says what.
/// Thread-safe.
public final class PostgresVersionDeletion {
    private static final Logger LOG = Logger.getLogger(PostgresVersionDeletion.class);
    private static final String VERB = "delete";

    /// Number of users that a refusal names.
    private static final int NAMED = 5;

    private final Database database;
    private final PostgresVersionUsers users;
    private final EventPublisher publisher;
    private final Clock clock;
    private final Consumer<String> deleted;

    /// @param deleted receives the name of each deleted version, in the transaction that deletes it
    public PostgresVersionDeletion(
            Database database,
            PostgresVersionUsers users,
            EventPublisher publisher,
            Clock clock,
            Consumer<String> deleted) {
        this.database = database;
        this.users = users;
        this.publisher = publisher;
        this.clock = clock;
        this.deleted = deleted;
    }

    /// Deletes a version. A deleted version stays as it is.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, ETAG_MISMATCH, ILLEGAL_STATE with what
    ///     needs the rows
    public DatasetVersion delete(DeleteDatasetVersionRequest request) {
        List<String> ids = ResourceType.DATASET_VERSION.ids("name", request.getName());
        String dataset = ResourceType.DATASET.name(ids.get(0), ids.get(1));
        int number = ResourceType.versionNumber(ids.get(2), "");
        return database.transact(() -> {
            DatasetVersion version = lock(dataset, number, request.getName());
            ApiException.checkEtag(version.getName(), request.getEtag(), version.getEtag());
            if (version.hasDeleteTime()) {
                return version;
            }
            requireUnused(dataset, number, version.getName());
            Instant now = clock.instant();
            DatasetVersion tombstone = version.toBuilder()
                    .clearShards()
                    .clearRefused()
                    .clearManifest()
                    .setDeleteTime(Times.timestamp(now))
                    .build();
            bury(dataset, number, version, tombstone, now);
            DatasetEvent.Builder event = DatasetEvent.newBuilder();
            event.getDatasetVersionDeletedBuilder().setDatasetVersion(tombstone);
            publisher.publish(Topics.DATASET, tombstone.getName(), event.build());
            deleted.accept(tombstone.getName());
            LOG.infof("dataset version deleted version=%s", tombstone.getName());
            return tombstone;
        });
    }

    /// Locks the dataset and returns the version: no tag moves to it meanwhile.
    private DatasetVersion lock(String dataset, int number, String name) {
        database.with(handle -> handle.createQuery("select name from datasets where name = :dataset for update")
                .bind("dataset", dataset)
                .mapTo(String.class)
                .findOne());
        return database.with(handle -> handle.createQuery(
                                "select body from dataset_versions where dataset = :dataset and number = :number for update")
                        .bind("dataset", dataset)
                        .bind("number", number)
                        .map((row, context) -> StoredMessage.read(row, "body", DatasetVersion.parser()))
                        .findOne())
                .orElseThrow(() -> ApiException.notFound(name));
    }

    private void requireUnused(String dataset, int number, String name) {
        List<String> needing = new ArrayList<>(database.with(handle -> handle.createQuery(
                        "select tag from dataset_tags where dataset = :dataset and number = :number order by tag limit :limit")
                .bind("dataset", dataset)
                .bind("number", number)
                .bind("limit", NAMED + 1)
                .mapTo(String.class)
                .map(tag -> "the tag " + tag)
                .list()));
        needing.addAll(users.of(name, NAMED + 1));
        if (!needing.isEmpty()) {
            String first = String.join(", ", needing.subList(0, Math.min(NAMED, needing.size())));
            throw ApiException.illegalState(
                    name, "needed by " + first + (needing.size() > NAMED ? " and more" : ""), VERB);
        }
    }

    private void bury(String dataset, int number, DatasetVersion version, DatasetVersion tombstone, Instant now) {
        database.with(handle -> handle.createUpdate("""
                        update dataset_versions set body = :body, deleted_at = :now, blob_prefix = :prefix
                        where dataset = :dataset and number = :number""")
                .bind("body", tombstone.toByteArray())
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("prefix", BlobPrefix.of(version).orElse(null))
                .bind("dataset", dataset)
                .bind("number", number)
                .execute());
    }
}
