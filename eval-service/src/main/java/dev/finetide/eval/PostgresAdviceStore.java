package dev.finetide.eval;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.PageQuery;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.evaluation.v1.Advice;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores advice in PostgreSQL.
final class PostgresAdviceStore implements AdviceStore {
    private final Database database;
    private final RequestIds requests;

    PostgresAdviceStore(Database database) {
        this.database = database;
        this.requests = new RequestIds(database);
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
    public void insert(Advice advice) {
        List<String> ids = ResourceType.ADVICE.ids("name", advice.getName());
        database.with(handle -> handle.createUpdate("""
                        insert into advice (name, project, id, state, create_time, body)
                        values (:name, :project, :id, :state, :create_time, :body)""")
                .bind("name", advice.getName())
                .bind("project", ids.get(0))
                .bind("id", ids.get(1))
                .bind("state", advice.getState().name())
                .bind("create_time", Times.instant(advice.getCreateTime()).atOffset(ZoneOffset.UTC))
                .bind("body", advice.toByteArray())
                .execute());
    }

    @Override
    public Optional<Advice> find(String name) {
        return select("where name = ?", name).stream().findFirst();
    }

    @Override
    public Optional<Advice> lock(String name) {
        return select("where name = ? for update", name).stream().findFirst();
    }

    @Override
    public void update(Advice advice) {
        database.with(handle -> handle.execute(
                "update advice set state = ?, body = ? where name = ?",
                advice.getState().name(),
                advice.toByteArray(),
                advice.getName()));
    }

    @Override
    public List<Advice> running() {
        return select("where state = 'RUNNING' order by create_time");
    }

    @Override
    public long countRunning(String project) {
        database.lock("advice that goes on in " + project);
        return database.with(handle -> handle.createQuery(
                        "select count(*) from advice where project = :project and state = 'RUNNING'")
                .bind("project", project)
                .mapTo(Long.class)
                .one());
    }

    @Override
    public List<Advice> list(String project, Page page) {
        return PageQuery.read(
                database,
                page,
                handle -> handle.createQuery("""
                                select body from advice
                                where project = :project and (cast(:after as text) is null or id < :after)
                                order by id desc""")
                        .bind("project", project)
                        .bind("after", page.after().orElse(null)),
                (row, context) -> StoredMessage.read(row, "body", Advice.parser()),
                Advice::getSerializedSize);
    }

    private List<Advice> select(String condition, Object... values) {
        return database.with(handle -> handle.select("select body from advice " + condition, values)
                .map((row, context) -> StoredMessage.read(row, "body", Advice.parser()))
                .list());
    }
}
