package dev.finetide.modelfiles.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.ConfigJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A model's `tokenizer.json` with the tokens that only the files next to it name, as transformers
/// adds them when it loads a tokenizer.
public final class TokenizerJson {
    private static final String ADDED = "added_tokens";

    /// The whole file, where tokens were added to it; only its added tokens elsewhere, because a
    /// file may have 35 MB.
    private final JsonNode json;

    private boolean changed;

    private TokenizerJson(JsonNode json) {
        this.json = json;
    }

    /// Reads `tokenizer.json` and adds the tokens of `tokenizer_config.json`,
    /// `special_tokens_map.json` and `added_tokens.json` that it lacks. A token of the same text
    /// with other properties replaces the one there.
    ///
    /// @throws ModelFormatException when a file is missing, too large or no JSON object
    public static TokenizerJson read(Path dir) {
        Path file = dir.resolve("tokenizer.json");
        JsonNode own = ConfigJson.readMember(file, ADDED);
        List<AddedToken> wanted = wanted(own, SpecialTokens.read(dir));
        if (wanted.isEmpty()) {
            return new TokenizerJson(JsonNodeFactory.instance.objectNode().set(ADDED, own));
        }
        TokenizerJson tokenizer = new TokenizerJson(ConfigJson.read(file).raw());
        wanted.forEach(tokenizer::add);
        return tokenizer;
    }

    /// Returns the tokens that the file lacks.
    ///
    /// @param own the file's own added tokens
    private static List<AddedToken> wanted(JsonNode own, SpecialTokens special) {
        Set<AddedToken> known = new LinkedHashSet<>();
        Set<String> contents = new LinkedHashSet<>();
        for (JsonNode token : own) {
            known.add(AddedToken.of(token));
            contents.add(token.path("content").asText());
        }
        List<AddedToken> wanted = new ArrayList<>();
        for (AddedToken token : special.listed()) {
            if (!known.contains(token)) {
                wanted.add(token);
                contents.add(token.content());
            }
        }
        for (String content : special.named()) {
            if (contents.add(content)) {
                wanted.add(AddedToken.special(content));
            }
        }
        wanted.removeIf(token -> token.content().isEmpty());
        return wanted;
    }

    /// Whether tokens were added to the file's own.
    public boolean changed() {
        return changed;
    }

    /// Returns the file's text with the added tokens; only where some were added.
    public byte[] toBytes() {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// Returns the ids of the added tokens by their exact text; -1 for a token without a whole
    /// number as id.
    public Map<String, Integer> addedTokens() {
        Map<String, Integer> ids = new HashMap<>();
        for (JsonNode token : json.path(ADDED)) {
            ids.put(token.path("content").asText(), token.path("id").asInt(-1));
        }
        return Map.copyOf(ids);
    }

    /// Adds a token by the rules of the tokenizers library: it keeps the id that its text has
    /// already, else it gets the next free one.
    private void add(AddedToken token) {
        if (!(json instanceof ObjectNode object)) {
            return;
        }
        ArrayNode added = object.path(ADDED) instanceof ArrayNode list ? list : object.putArray(ADDED);
        int id = idOf(token.content(), added);
        changed = true;
        for (int i = 0; i < added.size(); i++) {
            if (added.get(i).path("id").asInt(-1) == id) {
                added.set(i, token.toJson(id));
                return;
            }
        }
        added.add(token.toJson(id));
    }

    private int idOf(String content, ArrayNode added) {
        JsonNode vocab = json.path("model").path("vocab");
        int next = vocab.size();
        for (JsonNode token : added) {
            if (token.path("content").asText().equals(content)) {
                return token.path("id").asInt();
            }
            next = Math.max(next, token.path("id").asInt() + 1);
        }
        return inVocabulary(vocab, content, next);
    }

    /// Finds a text in the vocabulary, which is an object of ids by text, or a list of pairs of
    /// text and score.
    private static int inVocabulary(JsonNode vocab, String content, int absent) {
        if (vocab.isObject()) {
            return vocab.path(content).asInt(absent);
        }
        for (int i = 0; i < vocab.size(); i++) {
            if (vocab.get(i).path(0).asText().equals(content)) {
                return i;
            }
        }
        return absent;
    }
}
