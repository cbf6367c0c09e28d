package dev.finetide.registry;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.model.v1.Base;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// [BaseStore] in the service's schema.
final class PostgresBaseStore implements BaseStore {
    private final Database database;

    PostgresBaseStore(Database database) {
        this.database = database;
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    @Override
    public boolean add(Base base) {
        return database.with(handle -> handle.createUpdate(
                                "insert into bases (name, body) values (:name, :body) on conflict do nothing")
                        .bind("name", base.getName())
                        .bind("body", base.toByteArray())
                        .execute())
                == 1;
    }

    @Override
    public Optional<Base> find(String name) {
        return database.with(handle -> handle.createQuery("select body from bases where name = :name")
                .bind("name", name)
                .map((result, context) -> body(result))
                .findOne());
    }

    @Override
    public List<Base> list(String project, Page page) {
        return database.with(handle -> handle.createQuery("""
                        select body from bases where starts_with(name, :project) and name > :after
                        order by name limit :limit""")
                .bind("project", project + "/")
                .bind("after", page.after().orElse(""))
                .bind("limit", page.size() + 1)
                .map((result, context) -> body(result))
                .list());
    }

    @Override
    public Optional<Answered> answered(String requestId) {
        return database.with(
                handle -> handle.createQuery("select body, resource from request_ids where request_id = :id")
                        .bind("id", requestId)
                        .map((result, context) -> new Answered(result.getString("body"), result.getString("resource")))
                        .findOne());
    }

    @Override
    public void remember(String requestId, Answered answered) {
        database.with(handle -> handle.createUpdate("""
                        insert into request_ids (request_id, body, resource) values (:id, :body, :resource)
                        on conflict do nothing""")
                .bind("id", requestId)
                .bind("body", answered.body())
                .bind("resource", answered.base())
                .execute());
    }

    private static Base body(ResultSet result) throws SQLException {
        try {
            return Base.parseFrom(result.getBytes("body"));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("bases.body is not a Base", e);
        }
    }
}
