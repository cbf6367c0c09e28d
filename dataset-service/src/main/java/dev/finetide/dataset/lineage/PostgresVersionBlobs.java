package dev.finetide.dataset.lineage;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Knows which folders of the blob store belong to versions and to uploads in progress, so that the
/// collection of blobs leaves them alone. One statement reads both, because publishing moves a folder
/// from one to the other.
public final class PostgresVersionBlobs {
    private final Database database;
    private final Duration grace;
    private final Clock clock;

    /// A version whose row does not say yet where its blobs are.
    private record Unnoted(String dataset, int number, DatasetVersion version) {}

    /// @param grace time after a deletion in which the rows stay, because work that began before may
    ///     still read them
    public PostgresVersionBlobs(Database database, Duration grace, Clock clock) {
        this.database = database;
        this.grace = grace;
        this.clock = clock;
    }

    /// Returns the folders below `datasets/` that must stay, each with its closing `/`.
    public Set<String> versions() {
        noteOldPrefixes();
        return new HashSet<>(database.with(handle -> handle.createQuery("""
                        select blob_prefix from dataset_versions
                        where blob_prefix is not null and (deleted_at is null or deleted_at > :before or exists
                            (select from version_users where dataset_version = dataset || '/versions/' || number))
                        union all select prefix from uploads""")
                .bind("before", clock.instant().minus(grace).atOffset(ZoneOffset.UTC))
                .mapTo(String.class)
                .list()));
    }

    /// Returns the folders below `uploads/` that must stay, each with its closing `/`.
    public Set<String> uploads() {
        return new HashSet<>(database.with(
                handle -> handle.createQuery("""
                        select 'uploads/' || substr(project, strpos(project, '/') + 1) || '/' || file_id || '/'
                        from uploaded_files""").mapTo(String.class).list()));
    }

    /// Returns the folders below `datasetReports/` that must stay, each with its closing `/`: those of
    /// the reports whose version is not deleted.
    public Set<String> reports() {
        return new HashSet<>(database.with(
                handle -> handle.createQuery("""
                        select 'datasetReports/' || project || '/' || id || '/' from dataset_reports
                        where exists (select from dataset_versions where deleted_at is null
                            and dataset || '/versions/' || number = dataset_version)""").mapTo(String.class).list()));
    }

    /// Notes where the blobs of versions from before the column are, a few at a time: a version may be a
    /// megabyte.
    private void noteOldPrefixes() {
        List<Unnoted> some;
        do {
            some = database.with(handle -> handle.createQuery("""
                            select dataset, number, body from dataset_versions where blob_prefix is null limit 50""")
                    .map((row, context) -> new Unnoted(
                            row.getString("dataset"),
                            row.getInt("number"),
                            StoredMessage.read(row, "body", DatasetVersion.parser())))
                    .list());
            for (Unnoted one : some) {
                database.with(handle -> handle.createUpdate("""
                                update dataset_versions set blob_prefix = :prefix
                                where dataset = :dataset and number = :number""")
                        .bind("prefix", BlobPrefix.of(one.version()).orElse(""))
                        .bind("dataset", one.dataset())
                        .bind("number", one.number())
                        .execute());
            }
        } while (!some.isEmpty());
    }
}
