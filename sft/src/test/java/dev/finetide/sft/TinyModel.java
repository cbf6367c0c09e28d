package dev.finetide.sft;

import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A random Llama of a few thousand parameters, and rows to train it on.
public final class TinyModel {
    public static final int VOCAB = 61;

    private TinyModel() {}

    public static CausalLm create(Path dir, int threads) {
        return create(dir, EngineOptions.defaults().withThreads(threads));
    }

    public static CausalLm create(Path dir, EngineOptions options) {
        return create(dir, options, 64);
    }

    /// @param context tokens of the longest sequence
    public static CausalLm create(Path dir, EngineOptions options, int context) {
        try {
            Files.createDirectories(dir);
            Files.writeString(dir.resolve("config.json"), """
                    {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": %d, "hidden_size": 24,
                     "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
                     "max_position_embeddings": %d, "tie_word_embeddings": true, "torch_dtype": "float32"}
                    """.formatted(VOCAB, context));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return CausalLm.random(dir, 7, options);
    }

    public static List<TokenizedRow> rows(int count, int longest) {
        Random random = new Random(11);
        List<TokenizedRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = 3 + random.nextInt(longest - 2);
            int[] ids = random.ints(length, 0, VOCAB).toArray();
            boolean[] supervised = new boolean[length];
            for (int t = length / 2; t < length; t++) {
                supervised[t] = true;
            }
            rows.add(new TokenizedRow(ids, supervised));
        }
        return rows;
    }
}
