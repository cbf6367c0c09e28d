package dev.finetide.kit.event;

import dev.finetide.kit.store.Database;
import java.util.List;
import java.util.UUID;

/// Writes and reads rows of an outbox without [Outbox], which refuses some of them.
record OutboxRows(Database database) {
    /// Returns the id of the new row.
    String add(String topic, String key, int bytes) {
        UUID id = UUID.randomUUID();
        database.with(handle -> handle.execute("""
                insert into outbox (id, aggregatetype, aggregateid, type, payload, created_at)
                values (?, ?, ?, 'finetide.Test', ?, now())""", id, topic, key, new byte[bytes]));
        return id.toString();
    }

    /// Adds rows of seven keys in one statement. Returns their ids in order.
    List<String> addMany(String topic, int count) {
        return database.with(handle -> handle.createQuery("""
                        insert into outbox (id, aggregatetype, aggregateid, type, payload, created_at)
                        select gen_random_uuid(), :topic, 'run-' || n % 7, 'finetide.Test', 'x', now()
                        from generate_series(1, :count) as n order by n returning id::text""")
                .bind("topic", topic)
                .bind("count", count)
                .mapTo(String.class)
                .list());
    }

    List<String> waiting() {
        return ids("where parked_at is null");
    }

    List<String> parked() {
        return ids("where parked_at is not null");
    }

    private List<String> ids(String condition) {
        return database.with(handle -> handle.createQuery("select id::text from outbox " + condition + " order by seq")
                .mapTo(String.class)
                .list());
    }

    List<String> problems() {
        return database.with(
                handle -> handle.createQuery("select problem from outbox where parked_at is not null order by seq")
                        .mapTo(String.class)
                        .list());
    }

    void sendAgain() {
        database.with(handle -> handle.execute("update outbox set parked_at = null"));
    }
}
