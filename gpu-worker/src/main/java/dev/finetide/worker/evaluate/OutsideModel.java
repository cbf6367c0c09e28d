package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A source of answers outside of the engine: an endpoint, collected answers, a linear model. It needs
/// no weights, and tells no probabilities of expected answers.
interface OutsideModel extends AutoCloseable {
    /// Answers rows, and hands on answers as soon as they are there.
    ///
    /// @param rows rows with everything that the arm puts before the question
    /// @param stopped whether no further row shall be asked
    /// @return whether every row was asked
    boolean answer(List<PromptedRow> rows, Consumer<List<ExampleResult.Builder>> answers, BooleanSupplier stopped);

    /// Returns what is known about the way in which answers come about, as a sentence that begins with a
    /// space.
    String describe();

    /// Whether each answer may cost money, so that none may be lost.
    default boolean isPaid() {
        return false;
    }

    @Override
    default void close() {}
}
