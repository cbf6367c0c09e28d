package dev.finetide.dataset.source;

import dev.finetide.blobs.BlobRef;
import dev.finetide.kit.store.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.statement.StatementContext;

/// Implements [FileUploadStore] in the service's PostgreSQL schema.
public final class PostgresFileUploadStore implements FileUploadStore {
    private final Database database;

    public PostgresFileUploadStore(Database database) {
        this.database = database;
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    @Override
    public Optional<FileUpload> find(String project, String fileId) {
        return database.transact(() -> database.with(handle -> handle.createQuery(
                                "select * from uploaded_files where project = :project and file_id = :file")
                        .bind("project", project)
                        .bind("file", fileId)
                        .map(PostgresFileUploadStore::withoutParts)
                        .findOne())
                .map(this::withParts));
    }

    @Override
    public void begin(FileUpload upload, Instant now) {
        database.with(handle -> handle.createUpdate("""
                        insert into uploaded_files (project, file_id, size_bytes, sha256, alive_at)
                        values (:project, :file, :size, :sha256, :now) on conflict do nothing""")
                .bind("project", upload.project())
                .bind("file", upload.fileId())
                .bind("size", upload.sizeBytes())
                .bind("sha256", upload.sha256())
                .bind("now", utc(now))
                .execute());
    }

    @Override
    public boolean addPart(String project, String fileId, long offset, BlobRef part, Instant now) {
        return database.transact(() -> {
            alive(project, fileId, now);
            return database.with(handle -> handle.createUpdate("""
                            insert into uploaded_parts (project, file_id, offset_bytes, size_bytes, sha256, blob_key)
                            select :project, :file, :offset, :size, :sha256, :key
                            where exists (select from uploaded_files where project = :project and file_id = :file)
                            on conflict do nothing""")
                            .bind("project", project)
                            .bind("file", fileId)
                            .bind("offset", offset)
                            .bind("size", part.size())
                            .bind("sha256", part.sha256())
                            .bind("key", part.key())
                            .execute())
                    == 1;
        });
    }

    @Override
    public void complete(String project, String fileId, long sizeBytes, String sha256) {
        database.with(handle -> handle.createUpdate("""
                        update uploaded_files set size_bytes = :size, sha256 = :sha256
                        where project = :project and file_id = :file and size_bytes = -1""")
                .bind("project", project)
                .bind("file", fileId)
                .bind("size", sizeBytes)
                .bind("sha256", sha256)
                .execute());
    }

    @Override
    public void alive(String project, String fileId, Instant now) {
        database.with(handle -> handle.createUpdate(
                        "update uploaded_files set alive_at = :now where project = :project and file_id = :file")
                .bind("project", project)
                .bind("file", fileId)
                .bind("now", utc(now))
                .execute());
    }

    @Override
    public void remove(String project, String fileId) {
        database.with(
                handle -> handle.createUpdate("delete from uploaded_files where project = :project and file_id = :file")
                        .bind("project", project)
                        .bind("file", fileId)
                        .execute());
    }

    @Override
    public List<FileUpload> abandoned(Instant before) {
        return database.with(
                handle -> handle.createQuery("select * from uploaded_files where alive_at < :before limit 100")
                        .bind("before", utc(before))
                        .map(PostgresFileUploadStore::withoutParts)
                        .list());
    }

    private FileUpload withParts(FileUpload upload) {
        List<BlobRef> parts = database.with(handle -> handle.createQuery("""
                        select blob_key, size_bytes, sha256 from uploaded_parts
                        where project = :project and file_id = :file order by offset_bytes""")
                .bind("project", upload.project())
                .bind("file", upload.fileId())
                .map((row, context) ->
                        new BlobRef(row.getString("blob_key"), row.getLong("size_bytes"), row.getString("sha256")))
                .list());
        return new FileUpload(upload.project(), upload.fileId(), upload.sizeBytes(), upload.sha256(), parts);
    }

    private static FileUpload withoutParts(ResultSet row, StatementContext context) throws SQLException {
        return new FileUpload(
                row.getString("project"),
                row.getString("file_id"),
                row.getLong("size_bytes"),
                row.getString("sha256"),
                List.of());
    }

    private static OffsetDateTime utc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }
}
