package dev.finetide.kit.attempt;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jdbi.v3.core.statement.SqlStatement;

/// Maps an attempt to columns of its resource's row: `attempt`, `epoch`, `last_sequence`, `losses` and `heard_at`.
public final class AttemptColumns {
    private AttemptColumns() {}

    public static <S extends SqlStatement<S>> S bind(Attempt attempt, S statement) {
        return statement
                .bind("attempt", attempt.number())
                .bind("epoch", attempt.epoch())
                .bind("last_sequence", attempt.lastSequence())
                .bind("losses", attempt.losses())
                .bind("heard_at", attempt.heardAt().atOffset(ZoneOffset.UTC));
    }

    public static Attempt read(ResultSet row) throws SQLException {
        return new Attempt(
                row.getInt("attempt"),
                row.getLong("epoch"),
                row.getLong("last_sequence"),
                row.getInt("losses"),
                row.getObject("heard_at", OffsetDateTime.class).toInstant());
    }
}
