package dev.finetide.eval;

import dev.finetide.kit.attempt.AttemptColumns;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;

/// Evaluations in PostgreSQL. A row's body changes with its state only; what reports change by the second stands in
/// columns of its own.
final class PostgresEvaluationStore implements EvaluationStore {
    private final Database database;
    private final Consumer<EvaluationUpdate> committed;

    /// @param committed told each update that clients can see from now on
    PostgresEvaluationStore(Database database, Consumer<EvaluationUpdate> committed) {
        this.database = database;
        this.committed = committed;
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    @Override
    public void insert(Trial trial) {
        List<String> ids = ResourceType.EVALUATION.ids("name", trial.name());
        database.with(handle -> bind(trial, handle.createUpdate("""
                                insert into evaluations (name, project, id, state, create_time, body, revision, attempt,
                                    epoch, last_sequence, losses, heard_at, results, last_update)
                                values (:name, :project, :id, :state, :create_time, :body, :revision, :attempt,
                                    :epoch, :last_sequence, :losses, :heard_at, :results, :last_update)"""))
                .bind("project", ids.get(0))
                .bind("id", ids.get(1))
                .bind("create_time", Times.instant(trial.view().getCreateTime()).atOffset(ZoneOffset.UTC))
                .bind("state", column(trial.state()))
                .bind("body", trial.view().toByteArray())
                .bind("revision", trial.revision())
                .execute());
    }

    @Override
    public void update(Trial trial) {
        database.with(handle -> bind(trial, handle.createUpdate("""
                                update evaluations set state = :state, body = :body, revision = :revision,
                                    attempt = :attempt, epoch = :epoch, last_sequence = :last_sequence,
                                    losses = :losses, heard_at = :heard_at, results = :results,
                                    last_update = :last_update
                                where name = :name"""))
                .bind("state", column(trial.state()))
                .bind("body", trial.view().toByteArray())
                .bind("revision", trial.revision())
                .execute());
    }

    @Override
    public void updateReport(Trial trial) {
        database.with(handle -> bind(trial, handle.createUpdate("""
                                update evaluations set attempt = :attempt, epoch = :epoch,
                                    last_sequence = :last_sequence, losses = :losses, heard_at = :heard_at,
                                    results = :results, last_update = :last_update
                                where name = :name""")).execute());
    }

    /// A held one is shown as queued, but has its worker.
    private static String column(EvaluationState state) {
        return state instanceof EvaluationState.Held ? "HELD" : state.shown().name();
    }

    private static <S extends SqlStatement<S>> S bind(Trial trial, S statement) {
        return AttemptColumns.bind(trial.attempt(), statement)
                .bind("name", trial.name())
                .bind("results", trial.view().getResults())
                .bind("last_update", trial.lastUpdate());
    }

    @Override
    public Optional<Trial> find(String name) {
        return one("select * from evaluations where name = :name", name);
    }

    @Override
    public Optional<Trial> lock(String name) {
        return one("select * from evaluations where name = :name for update", name);
    }

    private Optional<Trial> one(String sql, String name) {
        return database.with(handle -> trials(handle.createQuery(sql).bind("name", name))).stream()
                .findFirst();
    }

    @Override
    public List<ExampleResult> addResults(String evaluation, List<ExampleResult> results) {
        int[] added = database.with(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    insert into evaluation_results (evaluation, row_index, variant) values (:evaluation, :row, :variant)
                    on conflict do nothing""");
            for (ExampleResult result : results) {
                batch.bind("evaluation", evaluation)
                        .bind("row", result.getRow())
                        .bind("variant", result.getVariant().name())
                        .add();
            }
            return batch.execute();
        });
        List<ExampleResult> fresh = new ArrayList<>();
        for (int i = 0; i < added.length; i++) {
            if (added[i] == 1) {
                fresh.add(results.get(i));
            }
        }
        return fresh;
    }

    @Override
    public void clearResults(String evaluation) {
        database.with(handle -> handle.execute("delete from evaluation_results where evaluation = ?", evaluation));
    }

    @Override
    public void append(String evaluation, List<EvaluationUpdate> updates) {
        database.with(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    insert into evaluation_updates (evaluation, sequence, payload)
                    values (:evaluation, :sequence, :payload)""");
            for (EvaluationUpdate update : updates) {
                batch.bind("evaluation", evaluation)
                        .bind("sequence", update.getSequence())
                        .bind("payload", update.toByteArray())
                        .add();
            }
            return batch.execute();
        });
        Notifications.send(database, Notifications.Channel.UPDATES, evaluation);
        database.afterCommit(() -> updates.forEach(committed));
    }

    @Override
    public List<EvaluationUpdate> updatesAfter(String evaluation, long sequence, int limit) {
        return database.with(handle -> handle.createQuery("""
                        select payload from evaluation_updates where evaluation = :evaluation and sequence > :sequence
                        order by sequence limit :limit""")
                .bind("evaluation", evaluation)
                .bind("sequence", sequence)
                .bind("limit", limit)
                .map((row, context) -> StoredMessage.read(row, "payload", EvaluationUpdate.parser()))
                .list());
    }

    @Override
    public List<Trial> active() {
        return database.with(handle -> trials(handle.createQuery(
                "select * from evaluations where state in ('RUNNING', 'HELD') order by create_time, id")));
    }

    @Override
    public List<Trial> nextQueued(int limit) {
        return database.with(handle -> trials(handle.createQuery("""
                        select * from evaluations where state = 'QUEUED' order by create_time, id
                        limit :limit for update""").bind("limit", limit)));
    }

    @Override
    public List<Trial> list(String project, Page page) {
        return database.with(handle -> trials(handle.createQuery("""
                        select * from evaluations
                        where project = :project and (cast(:after as text) is null or id < :after)
                        order by id desc limit :limit""")
                .bind("project", project)
                .bind("after", page.after().orElse(null))
                .bind("limit", page.size() + 1)));
    }

    private static List<Trial> trials(Query query) {
        return query.map(PostgresEvaluationStore::trial).list();
    }

    private static Trial trial(ResultSet row, StatementContext context) throws SQLException {
        Evaluation view = StoredMessage.read(row, "body", Evaluation.parser()).toBuilder()
                .setResults(row.getLong("results"))
                .build();
        return new Trial(view, AttemptColumns.read(row), row.getLong("revision"), row.getLong("last_update"));
    }
}
