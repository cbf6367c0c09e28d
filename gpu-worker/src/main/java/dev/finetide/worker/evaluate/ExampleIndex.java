package dev.finetide.worker.evaluate;

import dev.finetide.retrieval.search.Bm25Retriever;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Finds the texts that are most similar to a question by BM25, in memory. Equal scores are ordered by
/// row, so the answer is always the same.
final class ExampleIndex implements AutoCloseable {
    private final Bm25Retriever retriever;

    ExampleIndex(List<String> texts) {
        this.retriever = new Bm25Retriever(texts);
    }

    /// Returns the rows of the most similar texts, the most similar first. Texts without a word of the
    /// question follow in the order of their rows.
    ///
    /// @param count number of rows, which is made smaller if there are fewer texts
    List<Integer> nearest(String question, int count) {
        int wanted = Math.min(count, retriever.size());
        Set<Integer> rows = new LinkedHashSet<>();
        retriever.search(question, wanted).forEach(hit -> rows.add(hit.passage()));
        for (int row = 0; rows.size() < wanted; row++) {
            rows.add(row);
        }
        return List.copyOf(rows);
    }

    @Override
    public void close() {
        retriever.close();
    }
}
