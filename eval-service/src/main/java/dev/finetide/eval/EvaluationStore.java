package dev.finetide.eval;

import dev.finetide.kit.name.Page;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Where evaluations are kept. Two implementations pass one contract test: PostgreSQL, and memory for unit tests.
interface EvaluationStore {
    /// All or nothing of what `work` writes, and of the events it publishes.
    <T> T transact(Supplier<T> work);

    void insert(Trial trial);

    Optional<Trial> find(String name);

    /// The evaluation, and nobody else changes it until the transaction ends.
    Optional<Trial> lock(String name);

    void update(Trial trial);

    /// Writes only what reports change: attempt, count of results and of updates.
    void updateReport(Trial trial);

    /// Notes which rows are answered.
    ///
    /// @return those that were not yet, in the order given
    List<ExampleResult> addResults(String evaluation, List<ExampleResult> results);

    /// Forgets which rows are answered.
    void clearResults(String evaluation);

    void append(String evaluation, List<EvaluationUpdate> updates);

    /// In order of sequence.
    List<EvaluationUpdate> updatesAfter(String evaluation, long sequence, int limit);

    /// Evaluations that hold a worker.
    List<Trial> active();

    /// Locked, first come first.
    List<Trial> nextQueued(int limit);

    /// Newest first, one more than the page holds if there are more.
    List<Trial> list(String project, Page page);
}
