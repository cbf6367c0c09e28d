package dev.finetide.modelfiles.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.ConfigJson;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The tokens that begin and end a text, by `generation_config.json`, `config.json` and `tokenizer_config.json`, in
/// this order.
///
/// @param bosId token that a text begins with, if the model has one
/// @param eosIds tokens that end a text, the main one first; empty when the model names none
public record EndTokens(OptionalInt bosId, Set<Integer> eosIds) {
    /// Reads the tokens of a model directory.
    ///
    /// @param added ids of the tokenizer's added tokens by their text
    /// @throws ModelFormatException when a file names no known token
    public static EndTokens read(Path dir, Map<String, Integer> added) {
        Files files = Files.of(dir);
        return new EndTokens(
                files.ids("bos_token", added).stream()
                        .mapToInt(Integer::intValue)
                        .findFirst(),
                files.ids("eos_token", added));
    }

    /// Checks that a model directory names a token that ends a text, without its `tokenizer.json`.
    ///
    /// @throws ModelFormatException when it names none, or one that the model does not have
    public static void check(Path dir) {
        Files files = Files.of(dir);
        String text = SpecialTokens.read(dir).texts().getOrDefault("eos_token", "");
        if (files.ids("eos_token", Map.of()).isEmpty() && text.isEmpty()) {
            throw files.model.wrong("eos_token_id", "a token that ends a text");
        }
        files.ids("bos_token", Map.of());
    }

    private record Files(ConfigJson generation, ConfigJson model, ConfigJson tokenizer) {
        static Files of(Path dir) {
            return new Files(
                    ConfigJson.readIfThere(dir.resolve("generation_config.json")),
                    ConfigJson.readIfThere(dir.resolve("config.json")),
                    ConfigJson.readIfThere(dir.resolve("tokenizer_config.json")));
        }

        /// Reads `<name>_id`, a number or a list, from the first config that has the field; otherwise finds the
        /// token that tokenizer_config names in `<name>`.
        Set<Integer> ids(String name, Map<String, Integer> added) {
            for (ConfigJson source : List.of(generation, model)) {
                if (source.has(name + "_id")) {
                    Set<Integer> ids = new LinkedHashSet<>();
                    JsonNode value = source.raw(name + "_id");
                    for (JsonNode id : value.isArray() ? value : List.of(value)) {
                        ids.add(checked(source, name + "_id", id.isInt() ? id.intValue() : -1));
                    }
                    return Collections.unmodifiableSet(ids);
                }
            }
            JsonNode token = tokenizer.raw(name);
            Integer id = added.get(token.isObject() ? token.path("content").asText() : token.asText());
            return id == null ? Set.of() : Set.of(checked(tokenizer, name, id));
        }

        private int checked(ConfigJson source, String field, int id) {
            int vocab = model.integer("vocab_size", 1, Integer.MAX_VALUE, Integer.MAX_VALUE);
            if (id < 0 || id >= vocab) {
                throw source.wrong(field, "the base's tokens, whose ids are 0 to " + (vocab - 1));
            }
            return id;
        }
    }
}
