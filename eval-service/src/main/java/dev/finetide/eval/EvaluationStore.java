package dev.finetide.eval;

import dev.finetide.kit.work.WorkStore;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.List;

/// Stores evaluations. Two implementations pass one contract test: PostgreSQL, and memory for unit tests.
interface EvaluationStore extends WorkStore<StoredEvaluation, EvaluationUpdate> {
    /// Records which rows are answered.
    ///
    /// @return results of rows that were not answered yet, in the order given
    List<ExampleResult> addResults(String evaluation, List<ExampleResult> results);

    /// Forgets which rows are answered.
    void clearResults(String evaluation);
}
