package dev.finetide.retrieval.embed;

import java.util.List;

/// Turns texts into vectors whose inner product says how near their meanings are. Safe for use by several
/// threads.
public interface Embedder extends AutoCloseable {
    /// Returns the vectors of texts, each of length 1 with [#dimensions] numbers.
    float[][] embed(List<String> texts);

    int dimensions();

    /// Returns a name of the model and of how it is used. Vectors of two embedders with one identity are equal up
    /// to rounding.
    String identity();

    @Override
    void close();
}
