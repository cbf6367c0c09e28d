package dev.finetide.kit.work;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.finetide.kit.attempt.AttemptColumns;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.store.PageQuery;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;

/// Stores one kind of work in PostgreSQL, in the tables `{noun}s` and `{noun}_updates`. A row's body changes only with
/// its state; values that reports change every second stand in columns of their own.
///
/// @param <W> the kind's record
/// @param <V> the kind's resource
/// @param <U> the kind's update on a watch
public abstract class WorkTable<W extends Supervised<W, V>, V extends Message, U extends Message>
        implements WorkStore<W, U> {
    private static final List<String> IDENTITY = List.of("name", "project", "id", "create_time");
    private static final List<String> CHANGED = List.of("state", "waiting", "body", "revision");
    private static final List<String> REPORTED = Stream.concat(AttemptColumns.NAMES.stream(), Stream.of("last_update"))
            .toList();

    /// The time of the last change of state, claim or report, by the database's clock: the services' clocks may differ.
    private static final String HEARD_AT =
            "heard_at = case when (%s) is distinct from (%s) then now() else heard_at end";

    private final Database database;
    private final String noun;
    private final ResourceType type;
    private final Parser<V> resources;
    private final Parser<U> updates;
    private final ToLongFunction<U> sequence;
    private final Consumer<U> committed;

    /// @param noun      the work in names: `run` for the tables `runs` and `run_updates`, the latter with a column
    ///     `run`
    /// @param sequence  returns the sequence of an update
    /// @param committed receives each update that clients can see from now on
    protected WorkTable(
            Database database,
            String noun,
            ResourceType type,
            Parser<V> resources,
            Parser<U> updates,
            ToLongFunction<U> sequence,
            Consumer<U> committed) {
        this.database = database;
        this.noun = noun;
        this.type = type;
        this.resources = resources;
        this.updates = updates;
        this.sequence = sequence;
        this.committed = committed;
    }

    /// Returns the columns of this kind that are written once, with their values; a value may be null.
    protected Map<String, Object> fixedColumns(W work) {
        return Map.of();
    }

    /// Returns the columns of this kind that reports change, with their values; a value may be null.
    protected abstract Map<String, Object> reportedColumns(W work);

    /// Returns the record of a row.
    ///
    /// @param work the part that all kinds of work have
    protected abstract W read(Work<V> work, ResultSet row) throws SQLException;

    /// Returns the order of the queue, in SQL.
    protected String queueOrder() {
        return "create_time, id";
    }

    @Override
    public <T> T transact(Supplier<T> work) {
        return database.transact(work);
    }

    @Override
    public void insert(W work) {
        Map<String, Object> fixed = fixedColumns(work);
        Map<String, Object> reported = reportedColumns(work);
        List<String> columns = Stream.of(IDENTITY, fixed.keySet(), CHANGED, REPORTED, reported.keySet())
                .flatMap(Collection::stream)
                .toList();
        String values = columns.stream().map(column -> ":" + column).collect(Collectors.joining(", "));
        List<String> ids = type.ids("name", work.name());
        database.with(handle -> {
            Update insert = handle.createUpdate("insert into " + table() + " (" + String.join(", ", columns)
                            + ", heard_at) values (" + values + ", now())")
                    .bind("project", ids.get(0))
                    .bind("id", ids.get(1))
                    .bind("create_time", work.work().createTime().atOffset(ZoneOffset.UTC))
                    .bindMap(fixed);
            return bindReported(work, reported, bindChanged(work, insert)).execute();
        });
    }

    @Override
    public void update(W work) {
        Map<String, Object> reported = reportedColumns(work);
        List<String> columns = Stream.of(CHANGED, REPORTED, reported.keySet())
                .flatMap(Collection::stream)
                .toList();
        database.with(handle -> bindReported(
                        work,
                        reported,
                        bindChanged(
                                work, handle.createUpdate(set(columns, "state", "attempt", "epoch", "last_sequence"))))
                .execute());
    }

    @Override
    public void updateReport(W work) {
        Map<String, Object> reported = reportedColumns(work);
        List<String> columns = Stream.of(REPORTED, reported.keySet())
                .flatMap(Collection::stream)
                .toList();
        database.with(handle -> bindReported(
                        work, reported, handle.createUpdate(set(columns, "attempt", "epoch", "last_sequence")))
                .execute());
    }

    /// @param heard columns whose change is a sign of life
    private String set(List<String> columns, String... heard) {
        String assignments =
                columns.stream().map(column -> column + " = :" + column).collect(Collectors.joining(", "));
        String time = HEARD_AT.formatted(String.join(", ", heard), ":" + String.join(", :", heard));
        return "update " + table() + " set " + assignments + ", " + time + " where name = :name";
    }

    private static <W extends Supervised<W, ?>> Update bindChanged(W work, Update statement) {
        return statement
                .bind("state", work.state().column())
                .bind(
                        "waiting",
                        work.work().waiting().map(WorkWaiting::toByteArray).orElse(null))
                .bind("body", work.view().toByteArray())
                .bind("revision", work.work().revision());
    }

    private static <W extends Supervised<W, ?>> Update bindReported(
            W work, Map<String, Object> columns, Update statement) {
        return AttemptColumns.bind(work.attempt(), statement)
                .bind("name", work.name())
                .bind("last_update", work.work().lastUpdate())
                .bindMap(columns);
    }

    @Override
    public Optional<W> find(String name) {
        return one(name, "");
    }

    @Override
    public Optional<W> lock(String name) {
        return one(name, " for update");
    }

    private Optional<W> one(String name, String lock) {
        return database
                .with(handle -> read(handle.createQuery("select * from " + table() + " where name = :name" + lock)
                        .bind("name", name)))
                .stream()
                .findFirst();
    }

    @Override
    public void append(String name, List<U> more) {
        database.with(handle -> {
            PreparedBatch batch = handle.prepareBatch(
                    "insert into %1$s_updates (%1$s, sequence, payload) values (:name, :sequence, :payload)"
                            .formatted(noun));
            for (U update : more) {
                batch.bind("name", name)
                        .bind("sequence", sequence.applyAsLong(update))
                        .bind("payload", update.toByteArray())
                        .add();
            }
            return batch.execute();
        });
        Notifications.send(database, Notifications.Channel.UPDATES, name);
        database.afterCommit(() -> more.forEach(committed));
    }

    @Override
    public List<U> updatesAfter(String name, long after, int limit) {
        return database.with(handle -> handle.createQuery(
                        "select payload from %1$s_updates where %1$s = :name and sequence > :after order by sequence limit :limit"
                                .formatted(noun))
                .bind("name", name)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> StoredMessage.read(row, "payload", updates))
                .list());
    }

    @Override
    public List<ActiveWork> active() {
        return database.with(handle -> handle.createQuery(
                        """
                        select name, state, waiting, %s from %s
                        where state in ('STARTING', 'HELD', 'RUNNING', 'CANCELLING') order by create_time, id""".formatted(String.join(", ", AttemptColumns.NAMES), table()))
                .map((row, context) -> active(row))
                .list());
    }

    private static ActiveWork active(ResultSet row) throws SQLException {
        WorkWaiting waiting =
                StoredMessage.find(row, "waiting", WorkWaiting.parser()).orElse(WorkWaiting.getDefaultInstance());
        WorkState state = WorkState.of(row.getString("state"), waiting, null);
        if (!(state instanceof WorkState.Active active)) {
            throw new IllegalStateException("work without a worker was read");
        }
        return new ActiveWork(row.getString("name"), active, AttemptColumns.read(row), waiting);
    }

    @Override
    public List<W> nextQueued(int limit) {
        return database.with(handle ->
                read(handle.createQuery("select * from %s where state = 'QUEUED' order by %s limit :limit for update"
                                .formatted(table(), queueOrder()))
                        .bind("limit", limit)));
    }

    @Override
    public long countWaiting(String project) {
        database.lock(table() + " that wait in " + project);
        return database.with(handle -> handle.createQuery(
                        "select count(*) from %s where project = :project and state in ('QUEUED', 'HELD')"
                                .formatted(table()))
                .bind("project", project)
                .mapTo(Long.class)
                .one());
    }

    @Override
    public List<W> list(String project, Page page) {
        return page(
                page,
                "where project = :project and (cast(:after as text) is null or id < :after) order by id desc",
                query -> query.bind("project", project)
                        .bind("after", page.after().orElse(null)));
    }

    /// Returns the records of a page, and one more if there are more.
    ///
    /// @param rest text after `select * from {noun}s`
    protected List<W> page(Page page, String rest, UnaryOperator<Query> bound) {
        return PageQuery.read(
                database,
                page,
                handle -> bound.apply(handle.createQuery("select * from " + table() + " " + rest)),
                (row, context) -> read(row),
                work -> work.view().getSerializedSize());
    }

    /// Returns the records of rows that a kind selects itself.
    ///
    /// @param rest text after `select * from {noun}s`
    protected List<W> select(String rest, UnaryOperator<Query> bound) {
        return database.with(handle -> read(bound.apply(handle.createQuery("select * from " + table() + " " + rest))));
    }

    private List<W> read(Query query) {
        List<W> all = new ArrayList<>();
        query.map((row, context) -> read(row)).forEach(all::add);
        return all;
    }

    private W read(ResultSet row) throws SQLException {
        V body = StoredMessage.read(row, "body", resources);
        Optional<WorkWaiting> waiting = StoredMessage.find(row, "waiting", WorkWaiting.parser());
        WorkState state = WorkState.of(
                row.getString("state"), waiting.orElse(WorkWaiting.getDefaultInstance()), WorkFields.error(body));
        return read(
                new Work<>(body, state, AttemptColumns.read(row), row.getLong("revision"), row.getLong("last_update")),
                row);
    }

    private String table() {
        return noun + "s";
    }
}
