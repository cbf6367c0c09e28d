package dev.finetide.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Writes a byte pair encoding as Hugging Face's `tokenizer.json`, and the chat template.
final class TokenizerFiles {
    static final String BOS = "<|begin|>";
    static final String EOS = "<|end|>";
    static final String PAD = "<|pad|>";
    /// The special tokens, with the ids 0, 1, 2, … in this order.
    static final List<String> SPECIAL = List.of(BOS, EOS, PAD, "<|system|>", "<|user|>", "<|assistant|>");

    /// The chat template: each message is the mark of its role, its text and the end mark.
    static final String CHAT_TEMPLATE = """
            {{- bos_token }}
            {%- for message in messages %}
                {%- if message.role not in ['system', 'user', 'assistant'] %}
                    {{- raise_exception('roles are system, user and assistant') }}
                {%- endif %}
                {{- '<|' + message.role + '|>' + message.content + eos_token }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|assistant|>' }}
            {%- endif %}
            """;

    private static final ObjectMapper JSON = new ObjectMapper();

    private TokenizerFiles() {}

    static void write(Path dir, BpeTrainer.Bpe bpe, int maxLength) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("tokenizer.json"), tokenizer(bpe).toString() + "\n");
        ObjectNode config = JSON.createObjectNode();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        config.put("bos_token", BOS).put("eos_token", EOS).put("pad_token", PAD);
        config.put("model_max_length", maxLength).put("clean_up_tokenization_spaces", false);
        Files.writeString(dir.resolve("tokenizer_config.json"), config.toPrettyString() + "\n");
        Files.writeString(dir.resolve("chat_template.jinja"), CHAT_TEMPLATE);
    }

    private static ObjectNode tokenizer(BpeTrainer.Bpe bpe) {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        for (String token : SPECIAL) {
            added.addObject()
                    .put("id", SPECIAL.indexOf(token))
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        json.putNull("normalizer");
        ObjectNode pre = json.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = pre.putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", BpeTrainer.WORDS);
        split.put("behavior", "Isolated").put("invert", false);
        byteLevel(steps.addObject());
        postProcessor(json.putObject("post_processor"));
        byteLevel(json.putObject("decoder"));
        model(json.putObject("model"), bpe);
        return json;
    }

    private static void byteLevel(ObjectNode node) {
        node.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
    }

    /// Adds the BOS before a text.
    private static void postProcessor(ObjectNode node) {
        node.put("type", "TemplateProcessing");
        for (String form : List.of("single", "pair")) {
            ArrayNode parts = node.putArray(form);
            parts.addObject().putObject("SpecialToken").put("id", BOS).put("type_id", 0);
            parts.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            if (form.equals("pair")) {
                parts.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
            }
        }
        ObjectNode bos = node.putObject("special_tokens").putObject(BOS).put("id", BOS);
        bos.putArray("ids").add(SPECIAL.indexOf(BOS));
        bos.putArray("tokens").add(BOS);
    }

    private static void model(ObjectNode node, BpeTrainer.Bpe bpe) {
        node.put("type", "BPE").putNull("dropout").putNull("unk_token");
        node.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        node.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode vocab = node.putObject("vocab");
        SPECIAL.forEach(token -> vocab.put(token, vocab.size()));
        bpe.tokens().forEach(token -> vocab.put(token, vocab.size()));
        ArrayNode merges = node.putArray("merges");
        bpe.merges().forEach(pair -> merges.addArray().add(pair.left()).add(pair.right()));
    }
}
