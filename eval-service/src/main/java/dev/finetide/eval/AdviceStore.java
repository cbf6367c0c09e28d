package dev.finetide.eval;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.evaluation.v1.Advice;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores advice. Two implementations pass one contract test: PostgreSQL, and memory for unit tests.
interface AdviceStore {
    <T> T transact(Supplier<T> work);

    Optional<Answered> answer(String requestId, Answered answer);

    Optional<Answered> answered(String requestId);

    void insert(Advice advice);

    Optional<Advice> find(String name);

    /// Reads the advice and locks it until the transaction ends.
    Optional<Advice> lock(String name);

    void update(Advice advice);

    /// Counts a project's advice that goes on. Other transactions that count the same project's advice
    /// wait until this one ends.
    ///
    /// @param project id of the project
    long countRunning(String project);

    /// Returns all advice that goes on, oldest first.
    List<Advice> running();

    /// Returns a page of advice, newest first, and one more than the page holds if there are more.
    List<Advice> list(String project, Page page);
}
