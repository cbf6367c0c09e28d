package dev.finetide.registry;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.PageQuery;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.Project;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.statement.StatementContext;

/// Stores projects in the service's PostgreSQL schema.
final class PostgresProjectStore {
    private final Database database;
    private final RequestIds requests;

    PostgresProjectStore(Database database) {
        this.database = database;
        this.requests = new RequestIds(database);
    }

    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    /// Adds a project.
    ///
    /// @return false if the name is taken
    boolean add(Project project) {
        return database.with(handle -> handle.createUpdate("""
                                insert into projects (name, members, body) values (:name, :members, :body)
                                on conflict (name) do nothing""")
                        .bind("name", project.getName())
                        .bindArray("members", String.class, members(project))
                        .bind("body", project.toByteArray())
                        .execute())
                == 1;
    }

    Optional<Project> find(String name) {
        return database.with(handle -> handle.createQuery("select body from projects where name = :name")
                .bind("name", name)
                .map(PostgresProjectStore::body)
                .findOne());
    }

    /// Returns a project and locks it until this transaction ends.
    Optional<Project> lock(String name) {
        return database.with(handle -> handle.createQuery("select body from projects where name = :name for update")
                .bind("name", name)
                .map(PostgresProjectStore::body)
                .findOne());
    }

    /// Writes a project that this transaction has locked.
    void update(Project project) {
        database.with(
                handle -> handle.createUpdate("update projects set members = :members, body = :body where name = :name")
                        .bind("name", project.getName())
                        .bindArray("members", String.class, members(project))
                        .bind("body", project.toByteArray())
                        .execute());
    }

    /// Lists the projects in which a caller has a role, by name, with one more than the page's size if
    /// there are more.
    List<Project> list(Identity caller, Page page) {
        List<String> byToken = caller.roles().keySet().stream()
                .filter(project -> !project.equals(Identity.ALL_PROJECTS))
                .map(ResourceType.PROJECT::name)
                .toList();
        return PageQuery.read(
                database,
                page,
                handle -> handle.createQuery("""
                                select body from projects
                                where name > :after and (:all or name = any(:named) or members @> cast(:caller as text[]))
                                order by name""")
                        .bind("after", page.after().orElse(""))
                        .bind("all", caller.role(Identity.ALL_PROJECTS) != Role.ROLE_UNSPECIFIED)
                        .bindArray("named", String.class, byToken)
                        .bindArray("caller", String.class, List.of(key(caller.issuer(), caller.subject()))),
                PostgresProjectStore::body,
                Project::getSerializedSize);
    }

    Optional<Answered> answer(String requestId, Answered answer) {
        return requests.answer(requestId, answer);
    }

    private static List<String> members(Project project) {
        return project.getMembersList().stream()
                .map(member -> key(member.getIssuer(), member.getSubject()))
                .toList();
    }

    private static String key(String issuer, String subject) {
        return issuer + "\n" + subject;
    }

    private static Project body(ResultSet row, StatementContext context) throws SQLException {
        return StoredMessage.read(row, "body", Project.parser());
    }
}
