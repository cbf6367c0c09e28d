package dev.finetide.retrieval.search;

import dev.finetide.retrieval.embed.Embedder;
import dev.finetide.retrieval.embed.Vectors;
import java.util.List;

/// Finds passages whose meaning is near that of a question: by the cosine of their vectors, exactly. It closes
/// neither embedder nor vectors, which others can share.
public final class DenseRetriever implements Retriever {
    private final Vectors passages;
    private final Embedder embedder;

    /// @param passages vectors that the same embedder made
    public DenseRetriever(Vectors passages, Embedder embedder) {
        this.passages = passages;
        this.embedder = embedder;
    }

    @Override
    public List<Hit> search(String question, int count) {
        if (Math.min(count, size()) == 0) {
            return List.of();
        }
        float[] vector = embedder.embed(List.of(question))[0];
        return passages.nearest(vector, count).stream()
                .map(near -> new Hit(near.position(), near.product()))
                .toList();
    }

    @Override
    public int size() {
        return passages.size();
    }

    @Override
    public void close() {}
}
