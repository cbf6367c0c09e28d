package dev.finetide.sft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.ConfigJson;
import dev.finetide.modelfiles.config.Family;
import dev.finetide.sft.file.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A fully fine-tuned or merged model as a Hugging Face directory, which computes and stops elsewhere as it does here.
final class SavedModel {
    private static final String CONFIG = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final String END = "eos_token_id";

    /// The files that are copied from the base.
    private static final Set<String> COPIED = Set.of(
            "tokenizer.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    private static final String TOKENIZER = "tokenizer_config.json";
    private static final String CLASS = "tokenizer_class";
    private static final Set<String> AS_IT_IS = Set.of("PreTrainedTokenizerFast", "TokenizersBackend");
    private static final String TEMPLATES = "additional_chat_templates";

    private SavedModel() {}

    /// Writes a model. Files that are there already stay, apart from the weights.
    ///
    /// @param type F32 or BF16
    static void write(CausalLm model, Path out, TensorType type) throws IOException {
        Files.createDirectories(out);
        Path base = model.dir();
        for (String name : COPIED) {
            if (Files.exists(base.resolve(name))) {
                writeNew(out.resolve(name), Files.readAllBytes(base.resolve(name)));
            }
        }
        writeTokenizerConfig(base.resolve(TOKENIZER), out.resolve(TOKENIZER));
        copyTemplates(base.resolve(TEMPLATES), out.resolve(TEMPLATES));
        writeNew(out.resolve(CONFIG), bytes(config(model, type)));
        Set<Integer> endTokens = model.endTokens();
        Path generation = base.resolve(GENERATION);
        if (endTokens.equals(endTokens(generation)) && Files.exists(generation)) {
            writeNew(out.resolve(GENERATION), Files.readAllBytes(generation));
        } else if (!endTokens.isEmpty()) {
            writeNew(out.resolve(GENERATION), bytes(generationConfig(base, endTokens)));
        }
        model.master()
                .write(out.resolve("model.safetensors"), type, model.rendering().metadata(model.chatTemplate()));
    }

    /// Writes `tokenizer_config.json` with the class that takes `tokenizer.json` as it is. Transformers builds the
    /// tokenizers of other classes from the vocabulary alone, and some of them then find other tokens than here.
    private static void writeTokenizerConfig(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        ConfigJson config = ConfigJson.read(from);
        if (!config.has(CLASS) || AS_IT_IS.contains(config.text(CLASS, ""))) {
            writeNew(to, Files.readAllBytes(from));
        } else {
            writeNew(to, bytes(config.copy().put(CLASS, "PreTrainedTokenizerFast")));
        }
    }

    private static void copyTemplates(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            return;
        }
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                writeNew(to.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
    }

    /// Returns `config.json` with the type of the written weights, in the field that the file already uses, and with a
    /// head of its own where the weights have one. The base's name goes, because this is another model.
    private static ObjectNode config(CausalLm model, TensorType type) {
        ConfigJson json = ConfigJson.read(model.dir().resolve(CONFIG));
        ObjectNode changed = json.copy()
                .put(
                        json.has("torch_dtype") ? "torch_dtype" : "dtype",
                        type == TensorType.BF16 ? "bfloat16" : "float32");
        changed.remove("_name_or_path");
        if (Family.read(model.dir()).tiedHead() != model.config().tiedHead()) {
            changed.put("tie_word_embeddings", model.config().tiedHead());
        }
        return changed;
    }

    /// Returns the base's `generation_config.json` with all tokens that end an answer. Where the base has no such file,
    /// transformers would take the tokens of its `config.json`, so they are written here.
    private static ObjectNode generationConfig(Path base, Set<Integer> endTokens) {
        Path file = base.resolve(GENERATION);
        ObjectNode json = ConfigJson.readIfThere(file).copy();
        if (!Files.exists(file)) {
            ConfigJson config = ConfigJson.read(base.resolve(CONFIG));
            for (String token : List.of("bos_token_id", "pad_token_id")) {
                if (config.has(token)) {
                    json.set(token, config.raw(token));
                }
            }
        }
        if (endTokens.size() == 1) {
            json.put(END, endTokens.iterator().next());
        } else {
            endTokens.forEach(json.putArray(END)::add);
        }
        return json;
    }

    private static Set<Integer> endTokens(Path generationConfig) {
        JsonNode ids = ConfigJson.readIfThere(generationConfig).raw(END);
        Set<Integer> read = new HashSet<>();
        (ids.isInt() ? List.of(ids) : ids).forEach(id -> read.add(id.asInt()));
        return read;
    }

    private static byte[] bytes(JsonNode json) {
        return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static void writeNew(Path file, byte[] content) throws IOException {
        if (!Files.exists(file)) {
            AtomicFile.write(file, temp -> Files.write(temp, content));
        }
    }
}
