package dev.finetide.sft.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A tokenizer for tests: one token a character, special tokens as given, a merge of `t` and the space behind
/// it.
public final class CharacterTokenizer {
    static final List<String> SPECIAL =
            List.of("<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|end|>", "<|user|>", "<|assistant|>");

    private CharacterTokenizer() {}

    /// @param bos whether the post-processor puts `<s>` in front
    public static Tokenizer write(Path dir, boolean bos) throws IOException {
        StringBuilder vocab = new StringBuilder();
        StringBuilder added = new StringBuilder();
        int id = 0;
        for (String token : SPECIAL) {
            vocab.append("\"%s\":%d,".formatted(token, id));
            added.append(
                    "%s{\"id\":%d,\"content\":\"%s\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}"
                            .formatted(id == 0 ? "" : ",", id, token));
            id++;
        }
        for (char c = ' '; c < 127; c++) {
            vocab.append("\"%s%s\":%d,".formatted(c == '"' || c == '\\' ? "\\" : "", c, id++));
        }
        vocab.append("\"\\n\":%d,\"t \":%d".formatted(id++, id));
        String post = bos ? """
                {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
                 "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
                 "special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}}""" : "null";
        Files.writeString(dir.resolve("tokenizer.json"), """
                {"version":"1.0","truncation":null,"padding":null,"added_tokens":[%s],"normalizer":null,"pre_tokenizer":null,
                 "post_processor":%s,"decoder":{"type":"Fuse"},
                 "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
                  "fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{%s},"merges":[["t"," "]]}}""".formatted(added, post, vocab));
        Files.writeString(dir.resolve("config.json"), "{\"bos_token_id\":0,\"eos_token_id\":1}");
        return Tokenizer.load(dir);
    }
}
