package dev.finetide.worker.evaluate.passages;

import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import dev.finetide.retrieval.embed.Embedder;
import dev.finetide.retrieval.embed.VectorFolder;
import dev.finetide.retrieval.search.Bm25Retriever;
import dev.finetide.retrieval.search.DenseRetriever;
import dev.finetide.retrieval.search.FusedRetriever;
import dev.finetide.retrieval.search.Hit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Looks passages up for questions. Each set is read, indexed and embedded once in an evaluation, when
/// the first question needs it, and the sentence model is loaded only for arms that search by meaning.
/// Not thread-safe.
public final class PassageSearch implements AutoCloseable {
    private final PassageSources sources;
    private final Supplier<List<String>> trainRows;
    private final Map<String, PassageSet> sets = new HashMap<>();
    private final Map<String, dev.finetide.retrieval.search.Retriever> byWords = new HashMap<>();
    private final Map<String, dev.finetide.retrieval.search.Retriever> byMeaning = new HashMap<>();
    private Embedder embedder;

    /// @param trainRows makes the text of each train row
    public PassageSearch(PassageSources sources, Supplier<List<String>> trainRows) {
        this.sources = sources;
        this.trainRows = trainRows;
    }

    /// Returns the set in which a retrieval looks.
    ///
    /// @param documents name of a dataset version with documents; empty for the train rows
    public PassageSet set(String documents) {
        return sets.computeIfAbsent(
                documents,
                name -> name.isEmpty()
                        ? PassageSet.ofTrainRows(trainRows.get())
                        : PassageSet.ofDocuments(sources.documents().apply(name)));
    }

    /// Returns the passages that fit a question, the best first.
    ///
    /// @param count most passages
    public List<Hit> search(Retrieval retrieval, String question, int count) {
        String documents = retrieval.getDocuments();
        if (retrieval.getRetriever() == Retriever.DENSE) {
            return byMeaning(documents).search(question, count);
        }
        if (retrieval.getRetriever() == Retriever.FUSED) {
            // Joining holds nothing of its own, so it is not closed.
            return new FusedRetriever(List.of(byWords(documents), byMeaning(documents))).search(question, count);
        }
        return byWords(documents).search(question, count);
    }

    private dev.finetide.retrieval.search.Retriever byWords(String documents) {
        return byWords.computeIfAbsent(documents, name -> {
            sources.doing().accept("indexing passages of " + shown(name));
            return new Bm25Retriever(set(name).texts());
        });
    }

    private dev.finetide.retrieval.search.Retriever byMeaning(String documents) {
        return byMeaning.computeIfAbsent(documents, name -> {
            if (embedder == null) {
                embedder = sources.embedder().get();
            }
            List<String> texts = set(name).texts();
            sources.doing().accept("embedding passages of " + shown(name));
            return new DenseRetriever(
                    new VectorFolder(sources.vectors())
                            .vectors(
                                    texts,
                                    embedder,
                                    done -> sources.doing()
                                            .accept("embedding passages of " + shown(name) + ", " + done + " of "
                                                    + texts.size() + " done")),
                    embedder);
        });
    }

    private static String shown(String documents) {
        return documents.isEmpty() ? "the train rows" : documents;
    }

    @Override
    public void close() {
        byWords.values().forEach(dev.finetide.retrieval.search.Retriever::close);
        if (embedder != null) {
            embedder.close();
        }
    }
}
