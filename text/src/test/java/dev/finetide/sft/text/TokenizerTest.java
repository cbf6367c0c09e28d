package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    @TempDir
    Path dir;

    /// Three characters, one of them outside the basic plane, and a BOS put in front by the post-processor.
    private static final String JSON = """
            {"version":"1.0","truncation":{"direction":"Right","max_length":2,"strategy":"LongestFirst","stride":0},"padding":null,
             "added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
                             {"id":1,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "normalizer":null,"pre_tokenizer":null,
             "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
               "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
               "special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},
             "decoder":{"type":"Fuse"},
             "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
               "fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
               "vocab":{"<s>":0,"</s>":1,"a":2,"b":3,"\ud83d\ude00":4,"ab":5},"merges":["a b"]}}
            """;

    @Test
    void offsetsCountUtf16UnitsAndAddedTokensHaveNone() throws IOException {
        Files.writeString(dir.resolve("tokenizer.json"), JSON);
        try (Tokenizer tokenizer = Tokenizer.load(dir)) {
            Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets("a\ud83d\ude00ab</s>", true);
            assertThat(encoded.ids()).containsExactly(0, 2, 4, 5, 1);
            assertThat(encoded.begin()).containsExactly(-1, 0, 1, 3, 5);
            assertThat(encoded.end()).containsExactly(-1, 1, 3, 5, 9);
            assertThat(tokenizer.encode("ab", false)).containsExactly(5);
            assertThat(tokenizer.decode(new int[] {0, 5, 4, 1}, true)).isEqualTo("ab\ud83d\ude00");
            assertThat(tokenizer.decode(new int[] {0, 5, 1}, false)).isEqualTo("<s>ab</s>");
        }
    }

    @Test
    void endTokensComeFromGenerationConfigThenConfigThenTokenizerConfig() throws IOException {
        Files.writeString(dir.resolve("tokenizer.json"), JSON);
        Files.writeString(dir.resolve("tokenizer_config.json"), """
                {"bos_token":{"content":"<s>"},"eos_token":"</s>"}""");
        try (Tokenizer tokenizer = Tokenizer.load(dir)) {
            assertThat(tokenizer.bosId()).hasValue(0);
            assertThat(tokenizer.eosIds()).containsExactly(1);
        }
        Files.writeString(dir.resolve("config.json"), "{\"bos_token_id\":0,\"eos_token_id\":3}");
        try (Tokenizer tokenizer = Tokenizer.load(dir)) {
            assertThat(tokenizer.eosIds()).containsExactly(3);
        }
        Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\":[2,1]}");
        try (Tokenizer tokenizer = Tokenizer.load(dir)) {
            assertThat(tokenizer.eosIds()).containsExactly(2, 1);
        }
    }

    @Test
    void aBrokenDirectoryIsNamed() throws IOException {
        assertThatThrownBy(() -> Tokenizer.load(dir))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tokenizer.json: no such file");
        Files.writeString(dir.resolve("tokenizer.json"), "{\"model\":1}");
        assertThatThrownBy(() -> Tokenizer.load(dir))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tokenizer.json");
    }
}
