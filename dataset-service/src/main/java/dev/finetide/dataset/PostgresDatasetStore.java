package dev.finetide.dataset;

import com.google.protobuf.util.Timestamps;
import dev.finetide.dataset.lineage.BlobPrefix;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.PageQuery;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.statement.StatementContext;

/// Implements [DatasetStore] in the service's PostgreSQL schema.
final class PostgresDatasetStore implements DatasetStore {
    private final Database database;
    private final RequestIds requests;

    PostgresDatasetStore(Database database) {
        this.database = database;
        this.requests = new RequestIds(database);
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    @Override
    public int lock(String dataset, Instant now) {
        return database.with(handle -> handle.createQuery("""
                        insert into datasets (name, latest_version, create_time, update_time)
                        values (:dataset, 0, :now, :now)
                        on conflict (name) do update set latest_version = datasets.latest_version
                        returning latest_version""")
                .bind("dataset", dataset)
                .bind("now", utc(now))
                .mapTo(Integer.class)
                .one());
    }

    @Override
    public void add(String dataset, int number, DatasetVersion version, Instant now) {
        database.with(handle -> handle.createUpdate("""
                        insert into dataset_versions (dataset, number, digest, blob_prefix, size_bytes, body)
                        values (:dataset, :number, :digest, :prefix, :size, :body)""")
                .bind("dataset", dataset)
                .bind("number", number)
                .bind("digest", version.getDigest())
                .bind("prefix", BlobPrefix.of(version).orElse(null))
                .bind("size", PostgresByteRoom.sizeOf(version))
                .bind("body", version.toByteArray())
                .execute());
        database.with(handle -> handle.createUpdate(
                        "update datasets set latest_version = :number, update_time = :now where name = :dataset")
                .bind("dataset", dataset)
                .bind("number", number)
                .bind("now", utc(now))
                .execute());
    }

    @Override
    public Optional<DatasetVersion> version(String dataset, int number) {
        return database.with(handle -> handle.createQuery(
                        "select body from dataset_versions where dataset = :dataset and number = :number")
                .bind("dataset", dataset)
                .bind("number", number)
                .map(PostgresDatasetStore::body)
                .findOne());
    }

    @Override
    public Optional<DatasetVersion> latest(String dataset) {
        return database.with(handle -> handle.createQuery("""
                        select body from dataset_versions where dataset = :dataset and deleted_at is null
                        order by number desc limit 1""")
                .bind("dataset", dataset)
                .map(PostgresDatasetStore::body)
                .findOne());
    }

    @Override
    public Optional<DatasetVersion> tagged(String dataset, String tag) {
        return database.with(handle -> handle.createQuery("""
                        select body from dataset_versions join dataset_tags using (dataset, number)
                        where dataset = :dataset and tag = :tag""")
                .bind("dataset", dataset)
                .bind("tag", tag)
                .map(PostgresDatasetStore::body)
                .findOne());
    }

    @Override
    public Optional<DatasetVersion> withDigest(String dataset, String digest) {
        return database.with(handle -> handle.createQuery(
                        "select body from dataset_versions where dataset = :dataset and digest = :digest and deleted_at is null")
                .bind("dataset", dataset)
                .bind("digest", digest)
                .map(PostgresDatasetStore::body)
                .findOne());
    }

    @Override
    public List<DatasetVersion> versions(String dataset, Page page) {
        return PageQuery.read(
                database,
                page,
                handle -> handle.createQuery("""
                                select body from dataset_versions
                                where dataset = :dataset and number < :before and deleted_at is null
                                order by number desc""")
                        .bind("dataset", dataset)
                        .bind("before", page.after().map(Integer::valueOf).orElse(Integer.MAX_VALUE)),
                PostgresDatasetStore::body,
                DatasetVersion::getSerializedSize);
    }

    @Override
    public List<Dataset> datasets(String project, Page page) {
        return database.with(handle -> handle.createQuery("""
                        select name, latest_version, create_time, update_time from datasets
                        where starts_with(name, :project) and name > :after and latest_version > 0
                        order by name limit :limit""")
                .bind("project", project + "/")
                .bind("after", page.after().orElse(""))
                .bind("limit", page.size() + 1)
                .map((result, context) -> dataset(result))
                .list());
    }

    @Override
    public Optional<Answered> answer(String requestId, Answered answer) {
        return requests.answer(requestId, answer);
    }

    @Override
    public Optional<Answered> answered(String requestId) {
        return requests.answered(requestId);
    }

    @Override
    public void uploadStarted(String prefix, Instant now) {
        database.with(handle -> handle.createUpdate("insert into uploads (prefix, alive_at) values (:prefix, :now)")
                .bind("prefix", prefix)
                .bind("now", utc(now))
                .execute());
    }

    @Override
    public void uploadAlive(String prefix, Instant now) {
        database.with(handle -> handle.createUpdate("update uploads set alive_at = :now where prefix = :prefix")
                .bind("prefix", prefix)
                .bind("now", utc(now))
                .execute());
    }

    @Override
    public boolean uploadEnded(String prefix) {
        return database.with(handle -> handle.createUpdate("delete from uploads where prefix = :prefix")
                        .bind("prefix", prefix)
                        .execute())
                == 1;
    }

    @Override
    public List<String> abandonedUploads(Instant before) {
        return database.with(
                handle -> handle.createQuery("select prefix from uploads where alive_at < :before limit 10")
                        .bind("before", utc(before))
                        .mapTo(String.class)
                        .list());
    }

    private static DatasetVersion body(ResultSet row, StatementContext context) throws SQLException {
        return StoredMessage.read(row, "body", DatasetVersion.parser());
    }

    private static Dataset dataset(ResultSet result) throws SQLException {
        return Dataset.newBuilder()
                .setName(result.getString("name"))
                .setLatestVersion(result.getInt("latest_version"))
                .setCreateTime(
                        Timestamps.fromMillis(result.getTimestamp("create_time").getTime()))
                .setUpdateTime(
                        Timestamps.fromMillis(result.getTimestamp("update_time").getTime()))
                .build();
    }

    private static OffsetDateTime utc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }
}
