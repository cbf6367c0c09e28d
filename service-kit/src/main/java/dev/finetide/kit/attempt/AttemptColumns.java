package dev.finetide.kit.attempt;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jdbi.v3.core.statement.SqlStatement;

/// Maps an attempt to columns of its resource's row.
public final class AttemptColumns {
    /// The names of the columns.
    public static final List<String> NAMES =
            List.of("attempt", "epoch", "last_sequence", "losses", "worker_progress", "worker_doing");

    private AttemptColumns() {}

    public static <S extends SqlStatement<S>> S bind(Attempt attempt, S statement) {
        return statement
                .bind("attempt", attempt.number())
                .bind("epoch", attempt.epoch())
                .bind("last_sequence", attempt.lastSequence())
                .bind("losses", attempt.losses())
                .bind("worker_progress", attempt.progress())
                .bind("worker_doing", attempt.doing());
    }

    public static Attempt read(ResultSet row) throws SQLException {
        return new Attempt(
                row.getInt("attempt"),
                row.getLong("epoch"),
                row.getLong("last_sequence"),
                row.getInt("losses"),
                row.getLong("worker_progress"),
                row.getString("worker_doing"));
    }
}
