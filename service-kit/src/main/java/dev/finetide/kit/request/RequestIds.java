package dev.finetide.kit.request;

import dev.finetide.kit.store.Database;
import java.util.Optional;

/// Stores the answers to requests, in the table `request_ids` of a service's schema.
public final class RequestIds {
    private final Database database;

    public RequestIds(Database database) {
        this.database = database;
    }

    /// Remembers the answer to a request. If the request has an answer already, returns that one and changes nothing.
    /// Waits for another transaction that answers the same id.
    public Optional<Answered> answer(String requestId, Answered answer) {
        boolean first = database.with(handle -> handle.createUpdate("""
                        insert into request_ids (request_id, body, resource) values (:id, :body, :resource)
                        on conflict do nothing""")
                        .bind("id", requestId)
                        .bind("body", answer.body())
                        .bind("resource", answer.resource())
                        .execute())
                == 1;
        return first ? Optional.empty() : answered(requestId);
    }

    public Optional<Answered> answered(String requestId) {
        return database.with(
                handle -> handle.createQuery("select body, resource from request_ids where request_id = :id")
                        .bind("id", requestId)
                        .map((row, context) -> new Answered(row.getString("body"), row.getString("resource")))
                        .findOne());
    }
}
