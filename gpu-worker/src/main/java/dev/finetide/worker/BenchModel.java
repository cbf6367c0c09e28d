package dev.finetide.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/// The random models of the benchmark's table. `135M` has the shape of SmolLM2-135M.
enum BenchModel {
    SIZE_260K("260K", 5, 64, 172, 8, 4, 512),
    SIZE_5M("5M", 6, 256, 688, 8, 4, 2048),
    SIZE_30M("30M", 12, 384, 1024, 6, 3, 16384),
    SIZE_135M("135M", 30, 576, 1536, 9, 3, 49152);

    private final String size;
    private final int layers;
    private final int hidden;
    private final int intermediate;
    private final int heads;
    private final int keyHeads;
    private final int vocab;

    BenchModel(String size, int layers, int hidden, int intermediate, int heads, int keyHeads, int vocab) {
        this.size = size;
        this.layers = layers;
        this.hidden = hidden;
        this.intermediate = intermediate;
        this.heads = heads;
        this.keyHeads = keyHeads;
        this.vocab = vocab;
    }

    static BenchModel of(String size) {
        return Arrays.stream(values())
                .filter(model -> model.size.equalsIgnoreCase(size))
                .findFirst()
                .orElseThrow(() -> new WorkerFailure(
                        WorkerFailure.Reason.BAD_CONFIGURATION,
                        "--size: expected one of "
                                + Arrays.stream(values())
                                        .map(model -> model.size)
                                        .collect(Collectors.joining(", "))
                                + ", got " + size));
    }

    int vocab() {
        return vocab;
    }

    /// Writes the model's `config.json` into a directory.
    void write(Path directory) throws IOException {
        Files.writeString(
                directory.resolve("config.json"), """
                {"model_type": "llama", "num_hidden_layers": %d, "hidden_size": %d, "intermediate_size": %d,
                 "num_attention_heads": %d, "num_key_value_heads": %d, "vocab_size": %d,
                 "max_position_embeddings": 2048, "tie_word_embeddings": true}
                """.formatted(layers, hidden, intermediate, heads, keyHeads, vocab));
    }
}
