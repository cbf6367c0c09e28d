package dev.finetide.modelfiles.template;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.ConfigJson;
import dev.finetide.modelfiles.tokenizer.SpecialTokens;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The template contract of a model: everything that turns a row into token ids. It has a digest,
/// which a base, a run, a checkpoint and a trained model keep. What was trained under one contract
/// is not used under another.
///
/// The digest covers the members of `tokenizer.json` that make tokens, the chat templates, and the
/// special tokens of the files beside it. White space, the order of members and other keys do not
/// change it.
public final class TemplateContract {
    /// Version of the digest. Another way to compute it needs another version, or all stored
    /// digests would differ.
    private static final String VERSION = "finetide template contract 1";

    /// The members of `tokenizer.json` that the engine uses. It never truncates and never pads.
    private static final Set<String> TOKENIZER =
            Set.of("added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");

    private TemplateContract() {}

    /// Computes the digest of a model directory, SHA-256 in hexadecimal.
    ///
    /// @throws ModelFormatException when a file cannot be read
    public static String digest(Path dir) {
        MessageDigest digest = CanonicalJson.sha256();
        CanonicalJson.text('c', VERSION, digest);
        Path tokenizer = dir.resolve("tokenizer.json");
        if (Files.exists(tokenizer)) {
            CanonicalJson.digest(tokenizer, TOKENIZER, digest);
        }
        Map<String, TemplateFiles.Named> templates = TemplateFiles.read(dir);
        for (String name : List.of(TemplateFiles.DEFAULT, TemplateFiles.TOOL_USE)) {
            if (templates.containsKey(name)) {
                CanonicalJson.text('t', name, digest);
                CanonicalJson.text('t', templates.get(name).text(), digest);
            }
        }
        SpecialTokens special = SpecialTokens.read(dir);
        special.listedAsJson().forEach(token -> CanonicalJson.text('l', token, digest));
        new TreeMap<>(special.texts()).forEach((name, text) -> {
            CanonicalJson.text('k', name, digest);
            CanonicalJson.text('k', text, digest);
        });
        special.extra().forEach(text -> CanonicalJson.text('x', text, digest));
        CanonicalJson.text('b', ids(dir, "bos_token_id"), digest);
        CanonicalJson.text('e', ids(dir, "eos_token_id"), digest);
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Refuses a model directory of another contract than the one that is known.
    ///
    /// @param expected digest that is known; empty for one from before digests were kept, which is
    ///     accepted
    /// @param knownBy what has the known digest: "the adapter"
    /// @param foundIn what the directory is: "the base"
    /// @throws ModelFormatException naming both digests
    public static void require(String expected, String knownBy, String found, String foundIn) {
        if (!expected.isEmpty() && !expected.equals(found)) {
            throw new ModelFormatException(
                    "template contract: " + knownBy + " has " + expected + ", " + foundIn + " has " + found
                            + ": tokenizer, chat template or special tokens differ, so rows would become other tokens");
        }
    }

    /// Returns the ids of the first file that has the field, as a list.
    private static String ids(Path dir, String field) {
        for (String file : List.of("generation_config.json", "config.json")) {
            ConfigJson config = ConfigJson.readIfThere(dir.resolve(file));
            if (config.has(field)) {
                JsonNode value = config.raw(field);
                return value.isArray() ? value.toString() : "[" + value + "]";
            }
        }
        return "";
    }
}
