package dev.finetide.retrieval.search;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Joins retrievers over the same passages by reciprocal rank: a passage scores the sum of 1 / (60 + rank) over
/// the retrievers that found it, ranks from 1 (Cormack, Clarke and Büttcher 2009). Scores that cannot be
/// compared need no scale this way.
public final class FusedRetriever implements Retriever {
    /// The paper's constant.
    static final int K = 60;

    /// Fewest passages that each retriever is asked for.
    private static final int FEWEST = 100;

    private final List<Retriever> retrievers;

    /// @param retrievers at least one; they are closed with this one
    /// @throws IllegalArgumentException when they search different numbers of passages
    public FusedRetriever(List<Retriever> retrievers) {
        this.retrievers = List.copyOf(retrievers);
        if (retrievers.stream().mapToInt(Retriever::size).distinct().count() != 1) {
            throw new IllegalArgumentException("retrievers that are fused search the same passages");
        }
    }

    @Override
    public List<Hit> search(String question, int count) {
        Map<Integer, Double> scores = new HashMap<>();
        for (Retriever retriever : retrievers) {
            List<Hit> hits = retriever.search(question, Math.max(count, FEWEST));
            for (int i = 0; i < hits.size(); i++) {
                scores.merge(hits.get(i).passage(), 1.0 / (K + i + 1), Double::sum);
            }
        }
        return scores.entrySet().stream()
                .map(entry -> new Hit(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingDouble(Hit::score).reversed().thenComparingInt(Hit::passage))
                .limit(count)
                .toList();
    }

    @Override
    public int size() {
        return retrievers.getFirst().size();
    }

    @Override
    public void close() {
        retrievers.forEach(Retriever::close);
    }
}
