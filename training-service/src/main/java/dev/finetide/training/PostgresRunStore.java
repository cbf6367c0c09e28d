package dev.finetide.training;

import dev.finetide.kit.attempt.AttemptColumns;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.training.v1.RunWaiting;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.Checkpoints;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;

/// Runs in PostgreSQL. A row's body changes with its state only; what reports change by the second stands in columns of
/// its own.
final class PostgresRunStore implements RunStore {
    private final Database database;
    private final RequestIds requests;
    private final Consumer<TrainingRunUpdate> committed;

    /// @param committed told each update that clients can see from now on
    PostgresRunStore(Database database, Consumer<TrainingRunUpdate> committed) {
        this.database = database;
        this.requests = new RequestIds(database);
        this.committed = committed;
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
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
    public void insert(Run run) {
        List<String> ids = ResourceType.TRAINING_RUN.ids("name", run.name());
        database.with(handle -> bindAll(run, handle.createUpdate("""
                                insert into runs (name, project, id, finetunerun, state, waiting, priority, create_time, body, revision,
                                    attempt, epoch, last_sequence, losses, heard_at, progress, checkpoint, earlier_checkpoints, last_update)
                                values (:name, :project, :id, nullif(:finetunerun, ''), :state, :waiting, :priority, :create_time, :body, :revision,
                                    :attempt, :epoch, :last_sequence, :losses, :heard_at, :progress, :checkpoint, :earlier_checkpoints,
                                    :last_update)"""))
                .bind("project", ids.get(0))
                .bind("id", ids.get(1))
                .bind("finetunerun", run.view().getFinetunerun())
                .bind("priority", run.view().getConfig().getPriority())
                .bind("create_time", Times.instant(run.view().getCreateTime()).atOffset(ZoneOffset.UTC))
                .execute());
    }

    @Override
    public void update(Run run) {
        database.with(handle -> bindAll(run, handle.createUpdate("""
                                update runs set state = :state, waiting = :waiting, body = :body, revision = :revision,
                                    attempt = :attempt, epoch = :epoch, last_sequence = :last_sequence, losses = :losses,
                                    heard_at = :heard_at, progress = :progress, checkpoint = :checkpoint,
                                    earlier_checkpoints = :earlier_checkpoints, last_update = :last_update
                                where name = :name""")).execute());
    }

    @Override
    public void updateReport(Run run) {
        database.with(handle -> bind(run, handle.createUpdate("""
                                update runs set attempt = :attempt, epoch = :epoch, last_sequence = :last_sequence,
                                    losses = :losses, heard_at = :heard_at, progress = :progress,
                                    checkpoint = :checkpoint, earlier_checkpoints = :earlier_checkpoints,
                                    last_update = :last_update
                                where name = :name""")).execute());
    }

    /// A held run is shown as queued, but has its worker.
    private static String column(RunState state) {
        return state instanceof RunState.Held ? "HELD" : state.shown().name();
    }

    private static <S extends SqlStatement<S>> S bindAll(Run run, S statement) {
        return bind(run, statement)
                .bind("state", column(run.state()))
                .bind(
                        "waiting",
                        run.view().hasWaiting() ? run.view().getWaiting().toByteArray() : null)
                .bind("body", body(run))
                .bind("revision", run.revision());
    }

    private static <S extends SqlStatement<S>> S bind(Run run, S statement) {
        return AttemptColumns.bind(run.attempt(), statement)
                .bind("name", run.name())
                .bind(
                        "progress",
                        run.view().hasProgress() ? run.view().getProgress().toByteArray() : null)
                .bind(
                        "checkpoint",
                        run.checkpoints().isEmpty()
                                ? null
                                : run.checkpoints().getFirst().toByteArray())
                .bind(
                        "earlier_checkpoints",
                        run.checkpoints().size() < 2
                                ? null
                                : Checkpoints.newBuilder()
                                        .addAllCheckpoints(run.checkpoints()
                                                .subList(1, run.checkpoints().size()))
                                        .build()
                                        .toByteArray())
                .bind("last_update", run.lastUpdate());
    }

    @Override
    public Optional<Run> find(String name) {
        return database
                .with(handle -> runs(handle.createQuery("select * from runs where name = :name")
                        .bind("name", name)))
                .stream()
                .findFirst();
    }

    @Override
    public Optional<Run> lock(String name) {
        return database
                .with(handle -> runs(handle.createQuery("select * from runs where name = :name for update")
                        .bind("name", name)))
                .stream()
                .findFirst();
    }

    @Override
    public void append(String run, TrainingRunUpdate update) {
        database.with(handle -> handle.createUpdate(
                        "insert into run_updates (run, sequence, payload) values (:run, :sequence, :payload)")
                .bind("run", run)
                .bind("sequence", update.getSequence())
                .bind("payload", update.toByteArray())
                .execute());
        Notifications.send(database, Notifications.Channel.UPDATES, run);
        database.afterCommit(() -> committed.accept(update));
    }

    @Override
    public List<TrainingRunUpdate> updatesAfter(String run, long sequence, int limit) {
        return database.with(handle -> handle.createQuery("""
                        select payload from run_updates where run = :run and sequence > :sequence
                        order by sequence limit :limit""")
                .bind("run", run)
                .bind("sequence", sequence)
                .bind("limit", limit)
                .map((row, context) -> StoredMessage.read(row, "payload", TrainingRunUpdate.parser()))
                .list());
    }

    @Override
    public List<ActiveRun> active() {
        return database.with(handle ->
                handle.createQuery("""
                        select name, state, waiting, attempt, epoch, last_sequence, losses, heard_at from runs
                        where state in ('STARTING', 'HELD', 'RUNNING', 'CANCELLING') order by create_time, id""").map((row, context) -> activeRun(row)).list());
    }

    private static ActiveRun activeRun(ResultSet row) throws SQLException {
        RunWaiting waiting =
                StoredMessage.find(row, "waiting", RunWaiting.parser()).orElse(RunWaiting.getDefaultInstance());
        RunState.Active state = switch (row.getString("state")) {
            case "STARTING" -> new RunState.Starting();
            case "HELD" -> new RunState.Held(waiting);
            case "RUNNING" -> new RunState.Running();
            case "CANCELLING" -> new RunState.Cancelling();
            default -> throw new IllegalStateException("a run without a worker was read");
        };
        return new ActiveRun(row.getString("name"), state, AttemptColumns.read(row), waiting);
    }

    @Override
    public List<Run> nextQueued(int limit) {
        return database.with(handle -> runs(handle.createQuery("""
                        select * from runs where state = 'QUEUED' order by priority desc, create_time, id
                        limit :limit for update""").bind("limit", limit)));
    }

    @Override
    public Map<String, String> ofFineTuneRuns() {
        return database.with(handle -> handle.createQuery("""
                        select finetunerun, name from runs
                        where finetunerun is not null and state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING')""")
                .map((row, context) -> Map.entry(row.getString("finetunerun"), row.getString("name")))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    @Override
    public void markSuperseded(String run) {
        mark(run, true);
    }

    @Override
    public List<Run> withSuperseded(int limit) {
        return database.with(
                handle -> runs(handle.createQuery("select * from runs where superseded_checkpoints limit :limit")
                        .bind("limit", limit)));
    }

    @Override
    public void supersededDeleted(String run) {
        mark(run, false);
    }

    private void mark(String run, boolean superseded) {
        database.with(
                handle -> handle.createUpdate("update runs set superseded_checkpoints = :superseded where name = :run")
                        .bind("superseded", superseded)
                        .bind("run", run)
                        .execute());
    }

    @Override
    public List<Run> list(String project, Page page) {
        return database.with(handle -> runs(handle.createQuery("""
                        select * from runs where project = :project and (cast(:after as text) is null or id < :after)
                        order by id desc limit :limit""")
                .bind("project", project)
                .bind("after", page.after().orElse(null))
                .bind("limit", page.size() + 1)));
    }

    private static List<Run> runs(Query query) {
        return query.map(PostgresRunStore::run).list();
    }

    private static Run run(ResultSet row, StatementContext context) throws SQLException {
        TrainingRun.Builder view = StoredMessage.read(row, "body", TrainingRun.parser()).toBuilder();
        StoredMessage.find(row, "waiting", RunWaiting.parser()).ifPresent(view::setWaiting);
        StoredMessage.find(row, "progress", TrainingProgress.parser()).ifPresent(view::setProgress);
        List<Checkpoint> checkpoints = new ArrayList<>();
        StoredMessage.find(row, "checkpoint", Checkpoint.parser()).ifPresent(checkpoints::add);
        StoredMessage.find(row, "earlier_checkpoints", Checkpoints.parser())
                .ifPresent(earlier -> checkpoints.addAll(earlier.getCheckpointsList()));
        return new Run(
                view.build(),
                AttemptColumns.read(row),
                checkpoints,
                row.getLong("revision"),
                row.getLong("last_update"));
    }

    private static byte[] body(Run run) {
        return run.view().toBuilder()
                .clearProgress()
                .clearCheckpoints()
                .clearWaiting()
                .build()
                .toByteArray();
    }
}
