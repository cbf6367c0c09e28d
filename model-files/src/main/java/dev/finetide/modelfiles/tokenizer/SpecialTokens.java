package dev.finetide.modelfiles.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.ConfigJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The tokens that the files next to `tokenizer.json` name. `special_tokens_map.json` and `added_tokens.json` count
/// only where `tokenizer_config.json` has no `added_tokens_decoder`, as in transformers.
///
/// @param listed tokens of `added_tokens_decoder` or `added_tokens.json` in the order of their ids
/// @param texts texts of the tokens that have a name, by name: `bos_token`, `eos_token`, …
/// @param extra special tokens without a name
public record SpecialTokens(List<AddedToken> listed, Map<String, String> texts, List<String> extra) {
    private static final String DECODER = "added_tokens_decoder";
    private static final String EXTRA = "extra_special_tokens";
    private static final List<String> FIRST =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    public SpecialTokens {
        listed = List.copyOf(listed);
        texts = Map.copyOf(texts);
        extra = List.copyOf(extra);
    }

    /// Reads the files of a model directory.
    ///
    /// @throws ModelFormatException when a file is no JSON object or asks for a tokenizer that is not used here
    public static SpecialTokens read(Path dir) {
        ConfigJson config = ConfigJson.readIfThere(dir.resolve("tokenizer_config.json"));
        config.onlySupported("split_special_tokens", false);
        for (JsonNode file : config.raw("fast_tokenizer_files")) {
            if (!file.asText().equals("tokenizer.json")) {
                throw config.wrong("fast_tokenizer_files", "tokenizer.json alone (no other file is read)");
            }
        }
        Map<String, String> texts = new LinkedHashMap<>();
        List<String> extra = new ArrayList<>();
        readNames(config, texts, extra);
        boolean legacy = !config.has(DECODER);
        if (legacy) {
            readNames(ConfigJson.readIfThere(dir.resolve("special_tokens_map.json")), texts, extra);
        }
        return new SpecialTokens(legacy ? oldFile(dir, texts, extra) : decoder(config), texts, extra);
    }

    /// Returns the listed tokens as JSON, in their order.
    public List<String> listedAsJson() {
        return listed.stream().map(token -> token.toJson(0).toString()).toList();
    }

    /// Returns the texts of all special tokens, first those with a name in the order of transformers.
    Set<String> named() {
        Set<String> named = new LinkedHashSet<>();
        FIRST.stream().filter(texts::containsKey).map(texts::get).forEach(named::add);
        named.addAll(new TreeMap<>(texts).values());
        named.addAll(extra);
        return named;
    }

    private static void readNames(ConfigJson config, Map<String, String> texts, List<String> extra) {
        config.raw().properties().forEach(field -> {
            String text = text(field.getValue());
            if (field.getKey().endsWith("_token") && !text.isEmpty()) {
                texts.put(field.getKey(), text);
            }
        });
        JsonNode more = config.raw(config.has(EXTRA) ? EXTRA : "additional_special_tokens");
        if (more.isObject()) {
            more.properties().forEach(field -> texts.put(field.getKey(), text(field.getValue())));
        } else {
            more.forEach(token -> extra.add(text(token)));
        }
    }

    /// Returns the text of a token, which is a string or an object; empty for anything else, such as a flag whose
    /// name ends like a token's.
    private static String text(JsonNode token) {
        return token.isObject() ? token.path("content").asText() : token.isTextual() ? token.textValue() : "";
    }

    private static List<AddedToken> decoder(ConfigJson config) {
        Map<Integer, AddedToken> byId = new TreeMap<>();
        config.raw(DECODER).properties().forEach(entry -> {
            if (!entry.getKey().matches("[0-9]{1,9}") || !entry.getValue().isObject()) {
                throw config.wrong(DECODER, "tokens by their ids");
            }
            byId.put(Integer.valueOf(entry.getKey()), AddedToken.of(entry.getValue()));
        });
        return List.copyOf(byId.values());
    }

    private static List<AddedToken> oldFile(Path dir, Map<String, String> texts, List<String> extra) {
        Map<Integer, AddedToken> byId = new TreeMap<>();
        ConfigJson.readIfThere(dir.resolve("added_tokens.json"))
                .raw()
                .properties()
                .forEach(entry -> {
                    boolean special = texts.containsValue(entry.getKey()) || extra.contains(entry.getKey());
                    byId.put(
                            entry.getValue().asInt(),
                            new AddedToken(entry.getKey(), false, false, false, !special, special));
                });
        return List.copyOf(byId.values());
    }
}
