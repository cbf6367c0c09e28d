package dev.finetide.eval;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.List;
import java.util.Optional;

/// Keeps model versions in PostgreSQL.
record PostgresModelVersions(Database database) implements ModelVersions {
    @Override
    public void save(ModelVersion version) {
        List<String> ids = ResourceType.MODEL_VERSION.ids("name", version.getName());
        database.with(handle -> handle.createUpdate("""
                        insert into model_versions (name, model, number, state, body)
                        values (:name, :model, :number, :state, :body)
                        on conflict (name) do update set state = excluded.state, body = excluded.body""")
                .bind("name", version.getName())
                .bind("model", ResourceType.MODEL.name(ids.get(0), ids.get(1)))
                .bind("number", Integer.parseInt(ids.get(2)))
                .bind("state", version.getState().name())
                .bind("body", version.toByteArray())
                .execute());
    }

    @Override
    public Optional<ModelVersion> find(String name) {
        return database.with(handle -> handle.createQuery("select body from model_versions where name = :name")
                .bind("name", name)
                .map((row, context) -> StoredMessage.read(row, "body", ModelVersion.parser()))
                .findOne());
    }

    @Override
    public Optional<ModelVersion> approved(String model) {
        return database.with(handle -> handle.createQuery("""
                        select body from model_versions where model = :model and state = 'APPROVED'
                        order by number desc limit 1""")
                .bind("model", model)
                .map((row, context) -> StoredMessage.read(row, "body", ModelVersion.parser()))
                .findOne());
    }
}
