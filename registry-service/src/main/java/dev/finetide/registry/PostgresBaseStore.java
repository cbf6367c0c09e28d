package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.PageQuery;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;

/// Implements [BaseStore] in the service's PostgreSQL schema.
final class PostgresBaseStore implements BaseStore {
    private final Database database;
    private final RequestIds requests;

    PostgresBaseStore(Database database) {
        this.database = database;
        this.requests = new RequestIds(database);
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    @Override
    public boolean add(Base base) {
        return database.with(handle -> handle.createUpdate("""
                                insert into bases (name, body, counted) values (:name, :body, true)
                                on conflict (name) do update
                                set body = excluded.body, deleted_at = null, counted = true
                                where bases.deleted_at is not null""")
                        .bind("name", base.getName())
                        .bind("body", base.toByteArray())
                        .execute())
                == 1;
    }

    @Override
    public Optional<Base> lock(String name) {
        return database.with(handle -> handle.createQuery("select body from bases where name = :name for update")
                .bind("name", name)
                .map(PostgresBaseStore::body)
                .findOne());
    }

    @Override
    public void bury(Base tombstone) {
        database.with(
                handle -> handle.createUpdate("update bases set body = :body, deleted_at = now() where name = :name")
                        .bind("name", tombstone.getName())
                        .bind("body", tombstone.toByteArray())
                        .execute());
    }

    @Override
    public void used(String work, String base) {
        database.with(handle -> handle.createUpdate(
                        "insert into base_users (name, base) values (:work, :base) on conflict do nothing")
                .bind("work", work)
                .bind("base", base)
                .execute());
    }

    @Override
    public void unused(String work) {
        database.with(handle -> handle.createUpdate("delete from base_users where name = :work")
                .bind("work", work)
                .execute());
    }

    @Override
    public List<String> users(String base, int limit) {
        return database.with(handle -> handle.createQuery(
                        "select name from base_users where base = :base order by name limit :limit")
                .bind("base", base)
                .bind("limit", limit)
                .mapTo(String.class)
                .list());
    }

    @Override
    public Optional<Base> find(String name) {
        return database.with(handle -> handle.createQuery("select body from bases where name = :name")
                .bind("name", name)
                .map(PostgresBaseStore::body)
                .findOne());
    }

    @Override
    public List<Base> list(String project, Page page) {
        return PageQuery.read(
                database,
                page,
                handle -> handle.createQuery("""
                                select body from bases
                                where starts_with(name, :project) and name > :after and deleted_at is null
                                order by name""")
                        .bind("project", project + "/")
                        .bind("after", page.after().orElse("")),
                PostgresBaseStore::body,
                Base::getSerializedSize);
    }

    @Override
    public void hold(Collection<String> sha256, Duration time) {
        // In one order, so that two calls never wait for each other.
        List<String> ordered = sha256.stream().distinct().sorted().toList();
        database.with(handle -> handle.createUpdate("""
                        insert into held_blobs (sha256, until)
                        select held, now() + make_interval(secs => :seconds) from unnest(:sha256) with ordinality as t (held, place)
                        order by place
                        on conflict (sha256) do update set until = greatest(held_blobs.until, excluded.until)""")
                .bindArray("sha256", String.class, ordered)
                .bind("seconds", time.toMillis() / 1000.0)
                .execute());
    }

    @Override
    public void forgetHeld() {
        database.with(handle -> handle.execute("delete from held_blobs where until < now()"));
        database.with(handle -> handle.execute("""
                delete from base_bytes
                where not exists (select from held_blobs where held_blobs.sha256 = base_bytes.sha256)
                  and not exists (
                    select from blob_owners
                    where blob_owners.project = base_bytes.project and blob_owners.sha256 = base_bytes.sha256)"""));
    }

    @Override
    public void own(String project, String sha256) {
        database.with(handle -> handle.createUpdate(
                        "insert into blob_owners (project, sha256) values (:project, :sha256) on conflict do nothing")
                .bind("project", project)
                .bind("sha256", sha256)
                .execute());
    }

    @Override
    public Set<String> owned(String project, Collection<String> sha256) {
        return database.with(handle -> handle.createQuery(
                        "select sha256 from blob_owners where project = :project and sha256 = any(:sha256)")
                .bind("project", project)
                .bindArray("sha256", String.class, sha256.stream().distinct().toList())
                .mapTo(String.class)
                .set());
    }

    @Override
    public void disown(String sha256) {
        database.with(handle -> handle.execute("delete from blob_owners where sha256 = ?", sha256));
        database.with(handle -> handle.execute("delete from base_bytes where sha256 = ?", sha256));
    }

    @Override
    public void lockBytes(String project) {
        database.lock("bases of " + project);
    }

    @Override
    public long bytes(String project) {
        countOldBases(project);
        return database.with(handle -> handle.createQuery(
                        "select coalesce(sum(size_bytes), 0) from base_bytes where project = :project")
                .bind("project", project)
                .mapTo(Long.class)
                .one());
    }

    /// Counts the bases that an earlier version of this service has written.
    private void countOldBases(String project) {
        List<Base> old = database.with(handle -> handle.createQuery("""
                                select body from bases
                                where starts_with(name, :project) and deleted_at is null and not counted""")
                .bind("project", project + "/")
                .map(PostgresBaseStore::body)
                .list());
        for (Base base : old) {
            count(project, base.getFilesList());
            database.with(handle -> handle.execute("update bases set counted = true where name = ?", base.getName()));
        }
    }

    @Override
    public List<BlobFile> count(String project, List<BlobFile> files) {
        Set<String> added = database.with(handle -> bound(handle.createQuery("""
                        insert into base_bytes (project, sha256, size_bytes)
                        select distinct :project, sha256, size from unnest(:sha256, :sizes) as t (sha256, size)
                        on conflict do nothing
                        returning sha256 || ' ' || size_bytes"""), project, files)
                .mapTo(String.class)
                .set());
        return files.stream().filter(file -> added.remove(key(file))).toList();
    }

    @Override
    public void uncount(String project, List<BlobFile> files) {
        if (files.isEmpty()) {
            return;
        }
        Set<String> named = new HashSet<>();
        database.with(handle -> {
            handle.createQuery("select body from bases where starts_with(name, :project) and deleted_at is null")
                    .bind("project", project + "/")
                    .map(PostgresBaseStore::body)
                    .forEach(base -> base.getFilesList().forEach(file -> named.add(key(file))));
            return named;
        });
        List<BlobFile> free =
                files.stream().filter(file -> !named.contains(key(file))).toList();
        database.with(handle -> bound(handle.createUpdate("""
                        delete from base_bytes using unnest(:sha256, :sizes) as gone (sha256, size)
                        where project = :project and base_bytes.sha256 = gone.sha256 and size_bytes = gone.size"""), project, free).execute());
    }

    /// Binds `project`, and the files as `sha256` and `sizes`.
    private static <S extends SqlStatement<S>> S bound(S statement, String project, List<BlobFile> files) {
        return statement
                .bind("project", project)
                .bindArray(
                        "sha256",
                        String.class,
                        files.stream().map(BlobFile::getSha256).toList())
                .bindArray(
                        "sizes",
                        Long.class,
                        files.stream().map(BlobFile::getSizeBytes).toList());
    }

    private static String key(BlobFile file) {
        return file.getSha256() + " " + file.getSizeBytes();
    }

    @Override
    public Set<String> named(Duration sinceDeletion) {
        Set<String> named = new HashSet<>();
        database.with(handle -> {
            handle.createQuery("""
                            select body from bases
                            where deleted_at is null or deleted_at > now() - make_interval(secs => :seconds)
                              or exists (select from base_users where base_users.base = bases.name)""")
                    .bind("seconds", sinceDeletion.toMillis() / 1000.0)
                    .setFetchSize(50)
                    .map(PostgresBaseStore::body)
                    .forEach(base -> base.getFilesList().forEach(file -> named.add(file.getSha256())));
            return named;
        });
        return named;
    }

    @Override
    public boolean lockUnheld(String sha256) {
        // The row is made where there is none, because only a row can be locked.
        database.with(handle -> handle.execute(
                "insert into held_blobs (sha256, until) values (?, to_timestamp(0)) on conflict do nothing", sha256));
        return database.with(
                handle -> handle.createQuery("select until < now() from held_blobs where sha256 = :sha256 for update")
                        .bind("sha256", sha256)
                        .mapTo(Boolean.class)
                        .findOne()
                        .orElse(false));
    }

    @Override
    public Optional<Answered> answer(String requestId, Answered answer) {
        return requests.answer(requestId, answer);
    }

    private static Base body(ResultSet row, StatementContext context) throws SQLException {
        return StoredMessage.read(row, "body", Base.parser());
    }
}
