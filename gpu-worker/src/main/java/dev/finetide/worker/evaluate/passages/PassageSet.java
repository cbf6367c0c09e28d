package dev.finetide.worker.evaluate.passages;

import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.rank.ChunkPlaces;
import dev.finetide.retrieval.rank.Place;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Texts among which passages are looked up, each with the place that a result names.
public final class PassageSet {
    /// Tags of a row that name the passage that answers it.
    public static final String DOCUMENT_TAG = "document";

    private static final String PARAGRAPH_TAG = "paragraph";
    private static final String TRAIN = "train";

    private final List<String> texts;
    private final List<Place> places;
    private final ChunkPlaces carried;

    private PassageSet(List<String> texts, List<Place> places, ChunkPlaces carried) {
        this.texts = List.copyOf(texts);
        this.places = List.copyOf(places);
        this.carried = carried;
    }

    /// Makes a set of the passages of documents.
    public static PassageSet ofDocuments(List<Chunk> chunks) {
        return new PassageSet(
                chunks.stream().map(Chunk::inContext).toList(),
                chunks.stream()
                        .map(chunk -> new Place(
                                chunk.document(),
                                chunk.parts().isEmpty()
                                        ? 0
                                        : chunk.parts().getFirst().paragraph()))
                        .toList(),
                new ChunkPlaces(chunks));
    }

    /// Makes a set of train rows, whose numbers are their places. No tag names such a row as the one
    /// that answers.
    ///
    /// @param rows question and answer of each row
    public static PassageSet ofTrainRows(List<String> rows) {
        return new PassageSet(
                rows,
                IntStream.rangeClosed(1, rows.size())
                        .mapToObj(number -> new Place(TRAIN, number))
                        .toList(),
                new ChunkPlaces(List.of()));
    }

    public List<String> texts() {
        return texts;
    }

    /// Returns the document and the first paragraph of a passage, or the number of a train row.
    public Place place(int passage) {
        return places.get(passage);
    }

    /// Returns the passages that answer a row by its tags `document` and `paragraph`; empty for a row
    /// that names no place of this set, which therefore has no scores of passages.
    public Optional<Set<Integer>> right(Map<String, String> tags) {
        String document = tags.get(DOCUMENT_TAG);
        String paragraph = tags.getOrDefault(PARAGRAPH_TAG, "0").strip();
        if (document == null || !paragraph.matches("\\d{1,9}")) {
            return Optional.empty();
        }
        return Optional.of(carried.of(new Place(document, Integer.parseInt(paragraph))))
                .filter(passages -> !passages.isEmpty());
    }
}
