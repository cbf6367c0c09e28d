package dev.finetide.training;

import com.google.protobuf.Message;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkTable;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.Checkpoints;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Stores runs in PostgreSQL.
final class PostgresRunStore extends WorkTable<Run, TrainingRun, TrainingRunUpdate> implements RunStore {
    private final Database database;
    private final RequestIds requests;

    /// @param committed receives each update that clients can see from now on
    PostgresRunStore(Database database, Consumer<TrainingRunUpdate> committed) {
        super(
                database,
                "run",
                ResourceType.TRAINING_RUN,
                TrainingRun.parser(),
                TrainingRunUpdate.parser(),
                TrainingRunUpdate::getSequence,
                committed);
        this.database = database;
        this.requests = new RequestIds(database);
    }

    @Override
    protected String queueOrder() {
        return "priority desc, create_time, id";
    }

    @Override
    protected Map<String, Object> fixedColumns(Run run) {
        Map<String, Object> columns = new HashMap<>();
        columns.put("priority", run.view().getConfig().getPriority());
        String finetunerun = run.view().getFinetunerun();
        columns.put("finetunerun", finetunerun.isEmpty() ? null : finetunerun);
        return columns;
    }

    @Override
    protected Map<String, Object> reportedColumns(Run run) {
        List<Checkpoint> checkpoints = run.checkpoints();
        Map<String, Object> columns = new HashMap<>();
        columns.put("progress", bytes(run.view().hasProgress(), run.view().getProgress()));
        columns.put(
                "checkpoint",
                checkpoints.isEmpty() ? null : checkpoints.getFirst().toByteArray());
        Checkpoints earlier = Checkpoints.newBuilder()
                .addAllCheckpoints(checkpoints.stream().skip(1).toList())
                .build();
        columns.put("earlier_checkpoints", bytes(checkpoints.size() > 1, earlier));
        return columns;
    }

    private static byte[] bytes(boolean present, Message message) {
        return present ? message.toByteArray() : null;
    }

    @Override
    protected Run read(Work<TrainingRun> work, ResultSet row) throws SQLException {
        TrainingRun.Builder view = work.view().toBuilder();
        StoredMessage.find(row, "progress", TrainingProgress.parser()).ifPresent(view::setProgress);
        List<Checkpoint> checkpoints = new ArrayList<>();
        StoredMessage.find(row, "checkpoint", Checkpoint.parser()).ifPresent(checkpoints::add);
        StoredMessage.find(row, "earlier_checkpoints", Checkpoints.parser())
                .ifPresent(earlier -> checkpoints.addAll(earlier.getCheckpointsList()));
        return new Run(work.with(view.build()), checkpoints);
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
    public Map<String, String> activeByFineTuneRun() {
        return database.with(handle -> handle.createQuery("""
                        select finetunerun, name from runs
                        where finetunerun is not null and state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING')""")
                .map((row, context) -> Map.entry(row.getString("finetunerun"), row.getString("name")))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    @Override
    public List<Run> list(String project, Page page) {
        return page(
                page,
                """
                where project = :project and deleted_at is null and (cast(:after as text) is null or id < :after)
                order by id desc""",
                query -> query.bind("project", project)
                        .bind("after", page.after().orElse(null)));
    }

    @Override
    public void bury(Run tombstone) {
        update(tombstone);
        database.with(handle -> handle.createUpdate("update runs set deleted_at = now() where name = :run")
                .bind("run", tombstone.name())
                .execute());
    }

    @Override
    public List<Run> open() {
        return select("where state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING', 'CANCELLING')", query -> query);
    }

    @Override
    public List<Run> find(Collection<String> names) {
        return select("where name = any(:names)", query -> query.bindArray("names", String.class, List.copyOf(names)));
    }

    @Override
    public void markSuperseded(String run) {
        mark(run, true);
    }

    @Override
    public List<Run> withSuperseded(int limit) {
        return select("where superseded_checkpoints limit :limit", query -> query.bind("limit", limit));
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
}
