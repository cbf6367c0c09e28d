package dev.finetide.retrieval.rank;

import dev.finetide.retrieval.chunk.Chunk;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Says which chunks of an index carry a place: the right passages for a row that names it.
public final class ChunkPlaces {
    private final Map<Place, Set<Integer>> positions = new HashMap<>();

    /// @param chunks the chunks in the order in which they were indexed
    public ChunkPlaces(List<Chunk> chunks) {
        for (int position = 0; position < chunks.size(); position++) {
            Chunk chunk = chunks.get(position);
            add(new Place(chunk.document(), 0), position);
            for (Chunk.Part part : chunk.parts()) {
                if (chunk.carries(part.paragraph())) {
                    add(new Place(chunk.document(), part.paragraph()), position);
                }
            }
        }
    }

    private void add(Place place, int position) {
        positions.computeIfAbsent(place, _ -> new HashSet<>()).add(position);
    }

    /// Returns the positions of the chunks that carry a place. None means that the document set has no such place,
    /// so that a row that names it cannot be scored.
    public Set<Integer> of(Place place) {
        return Set.copyOf(positions.getOrDefault(place, Set.of()));
    }
}
