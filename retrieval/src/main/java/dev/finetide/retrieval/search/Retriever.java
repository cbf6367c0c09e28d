package dev.finetide.retrieval.search;

import java.util.List;

/// Finds the passages that fit a question. Passages are the texts of a list, named by their positions. The same
/// list and question always give the same answer. Safe for use by several threads.
public interface Retriever extends AutoCloseable {
    /// Returns the best passages, the best first. Equal scores are ordered by position.
    ///
    /// @param count most passages to return; fewer come when fewer fit
    List<Hit> search(String question, int count);

    /// Returns the number of passages that are searched.
    int size();

    @Override
    void close();
}
