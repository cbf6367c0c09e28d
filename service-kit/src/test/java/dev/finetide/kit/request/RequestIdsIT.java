package dev.finetide.kit.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.proto.auth.v1.Role;
import io.grpc.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The answers to requests, in PostgreSQL.
class RequestIdsIT {
    private static final String ID = "6a0c1d2e-3f40-4151-8263-748596a7b8c9";
    private static final Answered FIRST = new Answered("body", "projects/secret/trainingRuns/r1");

    private final Database database = TestSchema.fresh();
    private final RequestIds requests = new RequestIds(database);

    @BeforeEach
    void table() throws IOException, SQLException {
        database.with(handle -> handle.execute("""
                create table request_ids (
                    request_id text not null primary key,
                    body       text not null,
                    resource   text not null
                );
                insert into request_ids values ('of-an-earlier-version', 'body', 'projects/p/trainingRuns/old')"""));
        migrate();
    }

    private void migrate() throws IOException, SQLException {
        try (InputStream script = RequestIds.class.getResourceAsStream("/db/kit/R__callers_of_request_ids.sql")) {
            String sql = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            try (Handle handle = database.open();
                    Statement statement = handle.getConnection().createStatement()) {
                statement.execute(sql);
            }
        }
    }

    private static Context as(String subject, String issuer) {
        return new Identity(subject, issuer, Identity.Kind.USER, Map.of("*", Role.SUBMITTER)).in(Context.ROOT);
    }

    @Test
    void theSameCallerGetsItsAnswerAgain() throws Exception {
        Context alice = as("alice", "tokens-file");
        assertThat(alice.call(() -> requests.answer(ID, FIRST))).isEmpty();
        assertThat(alice.call(() -> requests.answer(ID, new Answered("body", "projects/secret/trainingRuns/r2"))))
                .contains(FIRST);
        assertThat(alice.call(() -> requests.answered(ID))).contains(FIRST);
    }

    @Test
    void anotherCallersRequestIsAnotherOne() throws Exception {
        as("alice", "tokens-file").call(() -> requests.answer(ID, FIRST));
        for (Context other :
                new Context[] {as("mallory", "tokens-file"), as("alice", "https://other.example"), Context.ROOT}) {
            assertThat(other.call(() -> requests.answered(ID))).isEmpty();
            Answered own = new Answered("other", "projects/own/trainingRuns/r1");
            assertThat(other.call(() -> requests.answer(ID, own))).isEmpty();
            assertThat(other.call(() -> requests.answered(ID))).contains(own);
        }
        assertThat(as("alice", "tokens-file").call(() -> requests.answered(ID))).contains(FIRST);
    }

    @Test
    void theMigrationKeepsAnswersAndMayRunAgain() throws Exception {
        migrate();
        assertThat(requests.answered("of-an-earlier-version").map(Answered::resource))
                .isEqualTo(Optional.of("projects/p/trainingRuns/old"));
    }
}
