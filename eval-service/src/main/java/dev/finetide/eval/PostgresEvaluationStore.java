package dev.finetide.eval;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkTable;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jdbi.v3.core.statement.PreparedBatch;

/// Stores evaluations in PostgreSQL.
final class PostgresEvaluationStore extends WorkTable<StoredEvaluation, Evaluation, EvaluationUpdate>
        implements EvaluationStore {
    private final Database database;

    /// @param committed receives each update that clients can see from now on
    PostgresEvaluationStore(Database database, Consumer<EvaluationUpdate> committed) {
        super(
                database,
                "evaluation",
                ResourceType.EVALUATION,
                Evaluation.parser(),
                EvaluationUpdate.parser(),
                EvaluationUpdate::getSequence,
                committed);
        this.database = database;
    }

    @Override
    protected Map<String, Object> reportedColumns(StoredEvaluation evaluation) {
        return Map.of("results", evaluation.view().getResults());
    }

    @Override
    protected StoredEvaluation read(Work<Evaluation> work, ResultSet row) throws SQLException {
        return new StoredEvaluation(work.with(
                work.view().toBuilder().setResults(row.getLong("results")).build()));
    }

    @Override
    public List<ExampleResult> addResults(String evaluation, List<ExampleResult> results) {
        int[] added = database.with(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    insert into evaluation_results (evaluation, row_index, variant) values (:evaluation, :row, :variant)
                    on conflict do nothing""");
            for (ExampleResult result : results) {
                batch.bind("evaluation", evaluation)
                        .bind("row", result.getRow())
                        .bind("variant", result.getVariant().name())
                        .add();
            }
            return batch.execute();
        });
        List<ExampleResult> fresh = new ArrayList<>();
        for (int i = 0; i < added.length; i++) {
            if (added[i] == 1) {
                fresh.add(results.get(i));
            }
        }
        return fresh;
    }

    @Override
    public void clearResults(String evaluation) {
        database.with(handle -> handle.execute("delete from evaluation_results where evaluation = ?", evaluation));
    }
}
