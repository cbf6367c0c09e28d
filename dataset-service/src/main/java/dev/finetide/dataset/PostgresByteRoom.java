package dev.finetide.dataset;

import dev.finetide.dataset.source.ByteRoom;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/// Counts the bytes of a project: those of the versions that are not deleted, and of uploaded files of
/// which no version was made yet.
final class PostgresByteRoom implements ByteRoom {
    private final Database database;
    private final Limits limits;

    PostgresByteRoom(Database database, Limits limits) {
        this.database = database;
        this.limits = limits;
    }

    /// Returns the bytes of all files of a version.
    static long sizeOf(DatasetVersion version) {
        return Stream.of(version.getShardsList(), version.getRefusedList(), List.of(version.getManifest()))
                .flatMap(List::stream)
                .mapToLong(BlobFile::getSizeBytes)
                .sum();
    }

    @Override
    public void check(String project, long more, Collection<String> besides) {
        String id = ResourceType.PROJECT.ids("project", project).getFirst();
        database.lock("bytes of " + project);
        long used = database.with(handle -> inVersions(handle, id) + inFiles(handle, project, besides));
        limits.checkBytes(Limit.DATASET_BYTES, id, used, more, "datasets and uploaded files");
    }

    private static long inVersions(Handle handle, String id) {
        long uncounted =
                handle.createQuery("""
                        select count(*) from dataset_versions
                        where project = :project and deleted_at is null and size_bytes is null""").bind("project", id).mapTo(Long.class).one();
        if (uncounted > 0) {
            countOldOnes(handle, id);
        }
        return handle.createQuery("""
                        select coalesce(sum(size_bytes), 0) from dataset_versions
                        where project = :project and deleted_at is null""").bind("project", id).mapTo(Long.class).one();
    }

    /// Counts the bytes of versions that an earlier version of this service has written.
    private static void countOldOnes(Handle handle, String id) {
        List<DatasetVersion> old = handle.createQuery("""
                        select body from dataset_versions
                        where project = :project and deleted_at is null and size_bytes is null""")
                .bind("project", id)
                .map((row, context) -> StoredMessage.read(row, "body", DatasetVersion.parser()))
                .list();
        for (DatasetVersion version : old) {
            List<String> ids = ResourceType.DATASET_VERSION.ids("name", version.getName());
            handle.createUpdate("""
                            update dataset_versions set size_bytes = :size where dataset = :dataset and number = :number""")
                    .bind("size", sizeOf(version))
                    .bind("dataset", ResourceType.DATASET.name(ids.get(0), ids.get(1)))
                    .bind("number", ResourceType.versionNumber(ids.get(2), ""))
                    .execute();
        }
    }

    private static long inFiles(Handle handle, String project, Collection<String> besides) {
        return handle.createQuery("""
                        select coalesce(sum(size_bytes), 0) from uploaded_parts
                        where project = :project and file_id <> all(:besides)""")
                .bind("project", project)
                .bindArray("besides", String.class, besides.toArray())
                .mapTo(Long.class)
                .one();
    }
}
