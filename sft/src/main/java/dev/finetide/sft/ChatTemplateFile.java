package dev.finetide.sft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.sft.model.ConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where a model directory keeps its chat template: `chat_template.jinja`, or `chat_template` in
/// `tokenizer_config.json`, there a string or a list of named ones of which `default` counts.
final class ChatTemplateFile {
    private static final long MAX_BYTES = 1 << 20;

    private ChatTemplateFile() {}

    static Optional<String> read(Path dir) {
        Path own = dir.resolve("chat_template.jinja");
        Path config = dir.resolve("tokenizer_config.json");
        if (Files.exists(own)) {
            return Optional.of(readText(own));
        }
        if (!Files.exists(config)) {
            return Optional.empty();
        }
        JsonNode template = ConfigJson.read(config).raw("chat_template");
        if (template.isTextual()) {
            return Optional.of(template.textValue());
        }
        for (JsonNode named : template) {
            if (named.path("name").asText().equals("default")) {
                return Optional.of(named.path("template").asText());
            }
        }
        return Optional.empty();
    }

    private static String readText(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelFormatException(file + ": larger than " + MAX_BYTES + " bytes");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e, e);
        }
    }
}
