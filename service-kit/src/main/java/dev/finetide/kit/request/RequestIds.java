package dev.finetide.kit.request;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.store.Database;
import java.util.Optional;

/// Stores the answers to requests, in the table `request_ids` of a service's schema. A request id belongs to its
/// caller: the same id of another caller is another request. So nobody gets what another made, learns its name, or
/// uses up an id that another may need.
public final class RequestIds {
    private final Database database;

    public RequestIds(Database database) {
        this.database = database;
    }

    /// Remembers the answer to a request. If the request has an answer already, returns that one and changes nothing.
    /// Waits for another transaction that answers the same id.
    public Optional<Answered> answer(String requestId, Answered answer) {
        boolean first = database.with(handle -> handle.createUpdate("""
                        insert into request_ids (request_id, caller, body, resource)
                        values (:id, :caller, :body, :resource)
                        on conflict do nothing""")
                        .bind("id", requestId)
                        .bind("caller", caller())
                        .bind("body", answer.body())
                        .bind("resource", answer.resource())
                        .execute())
                == 1;
        return first ? Optional.empty() : answered(requestId);
    }

    /// Returns the answer that this caller has got to a request.
    public Optional<Answered> answered(String requestId) {
        return database.with(handle -> handle.createQuery(
                        "select body, resource from request_ids where request_id = :id and caller = :caller")
                .bind("id", requestId)
                .bind("caller", caller())
                .map((row, context) -> new Answered(row.getString("body"), row.getString("resource")))
                .findOne());
    }

    /// Returns who makes the call that this thread answers; empty on a thread that answers none, as when a service
    /// makes something on its own.
    public static String caller() {
        return Identity.current()
                .map(caller -> caller.issuer() + " " + caller.subject())
                .orElse("");
    }
}
