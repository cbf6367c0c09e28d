package dev.finetide.modelfiles.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A token that a tokenizer finds in a text before it splits the rest.
///
/// @param singleWord whether the token must stand alone, between characters that belong to no word
/// @param lstrip whether spaces before the token belong to it
/// @param rstrip whether spaces after the token belong to it
/// @param normalized whether the token is searched in the normalised text
/// @param special whether decoding may leave the token out
record AddedToken(
        String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {
    /// Reads a token of `tokenizer.json` or `tokenizer_config.json`, with the defaults of the tokenizers library.
    static AddedToken of(JsonNode json) {
        boolean special = json.path("special").asBoolean(false);
        return new AddedToken(
                json.path("content").asText(),
                json.path("single_word").asBoolean(false),
                json.path("lstrip").asBoolean(false),
                json.path("rstrip").asBoolean(false),
                json.path("normalized").asBoolean(!special),
                special);
    }

    static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, false, true);
    }

    ObjectNode toJson(int id) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("content", content)
                .put("single_word", singleWord)
                .put("lstrip", lstrip)
                .put("rstrip", rstrip)
                .put("normalized", normalized)
                .put("special", special);
    }
}
