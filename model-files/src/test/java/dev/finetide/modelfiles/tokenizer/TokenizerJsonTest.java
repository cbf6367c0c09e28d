package dev.finetide.modelfiles.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerJsonTest {
    @TempDir
    Path dir;

    @BeforeEach
    void writeATokenizer() throws IOException {
        write("tokenizer.json", """
                {"added_tokens": [{"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
                                   "normalized": false, "special": true}],
                 "model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "</s>": 2}, "merges": []}}
                """);
    }

    @Test
    void aTokenizerThatHasAllTokensStaysAsItIs() throws IOException {
        write("tokenizer_config.json", """
                {"bos_token": "<s>", "added_tokens_decoder": {"0": {"content": "<s>", "lstrip": false, "normalized": false,
                 "rstrip": false, "single_word": false, "special": true}}}
                """);

        assertThat(TokenizerJson.read(dir).changed()).isFalse();
    }

    @Test
    void tokensThatOnlyTheConfigListsAreAddedBehindTheVocabularyInTheOrderOfTheirIds() throws IOException {
        write("tokenizer_config.json", """
                {"added_tokens_decoder": {"12": {"content": "<y>", "special": true}, "7": {"content": "<x>"},
                 "0": {"content": "<s>", "normalized": false, "special": true}, "2": {"content": "</s>", "special": true}}}
                """);

        TokenizerJson tokenizer = TokenizerJson.read(dir);

        assertThat(tokenizer.addedTokens()).isEqualTo(Map.of("<s>", 0, "</s>", 2, "<x>", 3, "<y>", 4));
        JsonNode added = new ObjectMapper().readTree(tokenizer.toBytes()).get("added_tokens");
        assertThat(added.get(2).get("normalized").booleanValue()).isTrue();
        assertThat(added.get(3).get("normalized").booleanValue()).isFalse();
    }

    @Test
    void thePropertiesOfTheConfigWin() throws IOException {
        write(
                "tokenizer_config.json",
                "{\"added_tokens_decoder\": {\"0\": {\"content\": \"<s>\", \"special\": false}}}");

        JsonNode added =
                new ObjectMapper().readTree(TokenizerJson.read(dir).toBytes()).get("added_tokens");

        assertThat(added).hasSize(1);
        assertThat(added.get(0).get("special").booleanValue()).isFalse();
    }

    @Test
    void tokensThatHaveOnlyANameAreSpecial() throws IOException {
        write("tokenizer_config.json", "{\"eos_token\": \"</s>\", \"pad_token\": \"<pad>\"}");
        assertThat(TokenizerJson.read(dir).addedTokens()).isEqualTo(Map.of("<s>", 0, "</s>", 2, "<pad>", 3));

        write("special_tokens_map.json", "{\"additional_special_tokens\": [\"<t>\"]}");
        write("added_tokens.json", "{\"<u>\": 3}");
        assertThat(TokenizerJson.read(dir).addedTokens().keySet())
                .containsExactlyInAnyOrder("<s>", "<u>", "</s>", "<pad>", "<t>");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"split_special_tokens": true}                          | split_special_tokens: expected false
            {"fast_tokenizer_files": ["tokenizer.4.0.0.json"]}      | fast_tokenizer_files: expected tokenizer.json alone
            {"added_tokens_decoder": {"a": {"content": "x"}}}       | added_tokens_decoder: expected tokens by their ids
            """)
    void aConfigThatAsksForAnotherTokenizerIsRefusedByField(String config, String reason) throws IOException {
        write("tokenizer_config.json", config);

        assertThatThrownBy(() -> TokenizerJson.read(dir))
                .hasMessageContaining("tokenizer_config.json: ")
                .hasMessageContaining(reason);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(dir.resolve(file), text);
    }
}
