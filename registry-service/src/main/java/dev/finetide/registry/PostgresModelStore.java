package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.PageQuery;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.model.v1.ModelVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Implements [ModelStore] in the service's PostgreSQL schema.
final class PostgresModelStore implements ModelStore {
    private final Database database;

    PostgresModelStore(Database database) {
        this.database = database;
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    @Override
    public int lock(String model) {
        return database.with(handle -> handle.createQuery("""
                        insert into models (name, latest_version) values (:model, 0)
                        on conflict (name) do update set latest_version = models.latest_version
                        returning latest_version""")
                .bind("model", model)
                .mapTo(Integer.class)
                .one());
    }

    @Override
    public void add(String model, int number, ModelVersion version) {
        database.with(handle -> handle.createUpdate("""
                        insert into model_versions (model, number, training_run, base, state, body)
                        values (:model, :number, :run, :base, :state, :body)""")
                .bind("model", model)
                .bind("number", number)
                .bind("run", version.getTrainingRun())
                .bind("base", version.getBase())
                .bind("state", version.getState().name())
                .bind("body", version.toByteArray())
                .execute());
        database.with(handle -> handle.createUpdate("update models set latest_version = :number where name = :model")
                .bind("model", model)
                .bind("number", number)
                .execute());
    }

    @Override
    public void update(ModelVersion version) {
        database.with(handle -> handle.createUpdate(
                        "update model_versions set state = :state, body = :body where training_run = :run")
                .bind("state", version.getState().name())
                .bind("body", version.toByteArray())
                .bind("run", version.getTrainingRun())
                .execute());
    }

    @Override
    public Optional<ModelVersion> find(String model, int number) {
        return first("where model = :model and number = :number", Map.of("model", model, "number", number));
    }

    @Override
    public Optional<ModelVersion> lock(String model, int number) {
        return first("where model = :model and number = :number for update", Map.of("model", model, "number", number));
    }

    @Override
    public Optional<ModelVersion> lockOfRun(String trainingRun) {
        return first("where training_run = :run for update", Map.of("run", trainingRun));
    }

    @Override
    public Optional<ModelVersion> latest(String model) {
        return first(
                "where model = :model and state <> 'DELETED' order by number desc limit 1", Map.of("model", model));
    }

    @Override
    public Optional<ModelVersion> latestApproved(String model) {
        return first(
                "where model = :model and state = 'APPROVED' order by number desc limit 1", Map.of("model", model));
    }

    @Override
    public List<Listed> list(String prefix, String trainingRun, Page page) {
        return PageQuery.read(
                database,
                page,
                handle -> handle.createQuery("""
                                select seq, body from model_versions
                                where (model = :prefix or right(:prefix, 1) = '/' and starts_with(model, :prefix))
                                  and (:run = '' or training_run = :run) and seq < :before
                                  and state <> 'DELETED'
                                order by seq desc""")
                        .bind("prefix", prefix)
                        .bind("run", trainingRun)
                        .bind("before", page.after().map(Long::valueOf).orElse(Long.MAX_VALUE)),
                (result, context) -> new Listed(result.getLong("seq"), body(result)),
                listed -> listed.version().getSerializedSize());
    }

    @Override
    public List<ModelVersion> needing(String base) {
        return database
                .with(handle -> handle.createQuery("""
                        select body from model_versions
                        where (base = :base or base is null) and state not in ('REJECTED', 'DELETED') order by seq""")
                        .bind("base", base)
                        .map((result, context) -> body(result))
                        .list())
                .stream()
                .filter(version -> version.getBase().equals(base))
                .toList();
    }

    private Optional<ModelVersion> first(String condition, Map<String, ?> values) {
        return database.with(handle -> handle.createQuery("select body from model_versions " + condition)
                .bindMap(values)
                .map((result, context) -> body(result))
                .findFirst());
    }

    private static ModelVersion body(ResultSet row) throws SQLException {
        return StoredMessage.read(row, "body", ModelVersion.parser());
    }
}
