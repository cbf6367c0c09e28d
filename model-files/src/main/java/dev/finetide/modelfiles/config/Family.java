package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.ModelFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// The supported model families, by the `model_type` of Hugging Face. A new family is one new file next to
/// [Llama], which reads its `config.json`, and a line here.
public final class Family {
    private static final Map<String, Function<ConfigJson, ModelConfig>> BY_MODEL_TYPE = new TreeMap<>(Map.of(
            "llama", Llama::read,
            "mistral", Mistral::read,
            "qwen2", Qwen2::read,
            "qwen3", Qwen3::read,
            "smollm3", SmolLM3::read,
            "gemma3_text", Gemma3::read));

    private Family() {}

    /// Reads the config of a model's directory.
    ///
    /// @throws ModelFormatException naming the field when the model cannot be computed exactly as its config
    ///     says
    public static ModelConfig read(Path dir) {
        ConfigJson config = ConfigJson.read(dir.resolve("config.json"));
        Path adapter = dir.resolve("adapter_config.json");
        if (Files.exists(adapter)) {
            throw new ModelFormatException(
                    adapter + ": expected no adapter beside the model, because transformers would"
                            + " load both (merge the adapter, or move it into its own directory)");
        }
        Function<ConfigJson, ModelConfig> family = BY_MODEL_TYPE.get(config.text("model_type", ""));
        if (family == null) {
            throw config.wrong("model_type", "one of " + BY_MODEL_TYPE.keySet() + " (no other family is supported)");
        }
        try {
            return family.apply(config);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(dir.resolve("config.json") + ": " + e.getMessage(), e);
        }
    }
}
