package dev.finetide.sft.model;

import dev.finetide.sft.ModelFormatException;
import java.nio.file.Path;

/// The model families that can be computed, by Hugging Face's `model_type`. A new family is one new
/// file beside [Llama], which reads its `config.json`, and a line here.
public final class Family {
    private Family() {}

    /// @throws ModelFormatException naming the field when the model cannot be computed exactly as
    ///     its config says
    public static ModelConfig read(Path dir) {
        ConfigJson config = ConfigJson.read(dir.resolve("config.json"));
        String modelType = config.text("model_type", "");
        try {
            return switch (modelType) {
                case "llama" -> Llama.read(config);
                default -> throw config.wrong("model_type", "llama (no other family is supported yet)");
            };
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(dir.resolve("config.json") + ": " + e.getMessage(), e);
        }
    }
}
