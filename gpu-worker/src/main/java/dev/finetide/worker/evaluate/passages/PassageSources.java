package dev.finetide.worker.evaluate.passages;

import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.embed.Embedder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// Sources of passages and vectors, which a search needs from outside.
///
/// @param documents reads the passages of a dataset version with documents, by its name
/// @param embedder opens the sentence model, when the first arm needs it
/// @param vectors directory in which computed vectors are kept for a later attempt
/// @param doing is told what takes long, and after each part of it
public record PassageSources(
        Function<String, List<Chunk>> documents, Supplier<Embedder> embedder, Path vectors, Consumer<String> doing) {
    /// Offers no documents and no sentence model.
    public static final PassageSources NONE = new PassageSources(
            name -> {
                throw new IllegalArgumentException(name + " cannot be read here");
            },
            () -> {
                throw new IllegalArgumentException("there is no sentence model here");
            },
            Path.of("vectors"),
            doing -> {});
}
