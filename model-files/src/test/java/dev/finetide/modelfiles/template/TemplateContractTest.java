package dev.finetide.modelfiles.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateContractTest {
    private static final String TOKENIZER = "tokenizer.json";
    private static final Map<String, String> MODEL = new LinkedHashMap<>(Map.of(
            TOKENIZER,
            """
            {"version":"1.0","truncation":null,"added_tokens":[{"id":0,"content":"<s>","special":true}],"normalizer":null,
             "decoder":{"type":"Fuse"},"model":{"type":"BPE","vocab":{"<s>":0,"a":1,"b":2},"merges":[["a","b"]]}}""",
            "tokenizer_config.json",
            "{\"eos_token\":\"</s>\",\"model_max_length\":64}",
            "config.json",
            "{\"eos_token_id\":1,\"vocab_size\":3}",
            "chat_template.jinja",
            "{{ messages[0].content }}"));

    @TempDir
    Path dir;

    @BeforeEach
    void write() throws IOException {
        for (Map.Entry<String, String> file : MODEL.entrySet()) {
            Files.writeString(dir.resolve(file.getKey()), file.getValue());
        }
    }

    @Test
    void theDigestOfAModelStaysTheSameForEver() {
        // Bases, runs and adapters keep it. Another value here would refuse all of them.
        assertThat(TemplateContract.digest(dir))
                .isEqualTo("b0ae3ae37b48544340a34d736b1a34b43d67503b4ec6a91d4d1281a1c0b99038");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "tokenizer.json|\"version\":\"1.0\"|\"version\": \"2.0\"",
                "tokenizer.json|\"truncation\":null|\"truncation\":{\"max_length\":512}",
                "tokenizer.json|\"normalizer\":null,|~~",
                "tokenizer.json|\"a\":1,\"b\":2|\"b\":2, \"a\":1.0",
                "tokenizer.json|{\"type\":\"BPE\"|{ \"type\" : \"BPE\"",
                "tokenizer_config.json|64|128",
                "tokenizer_config.json|\"eos_token\":\"</s>\"|\"eos_token\":{\"content\":\"</s>\"}",
                "config.json|\"eos_token_id\":1|\"eos_token_id\": [ 1 ]",
                "config.json|\"vocab_size\"|\"hidden_size\":8,\"vocab_size\""
            })
    void whatDoesNotChangeTokensDoesNotChangeTheDigest(String file, String from, String to) throws IOException {
        assertThat(changed(file, from, to == null ? "" : to)).isEqualTo(digest());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "tokenizer.json|\"b\":2|\"b\":3",
                "tokenizer.json|[\"a\",\"b\"]|[\"b\",\"a\"]",
                "tokenizer.json|\"special\":true|\"special\":false",
                "tokenizer.json|\"normalizer\":null|\"normalizer\":{\"type\":\"NFC\"}",
                "tokenizer_config.json|</s>|<end>",
                "config.json|\"eos_token_id\":1|\"eos_token_id\":[1,2]",
                "config.json|\"eos_token_id\":1|\"eos_token_id\":1,\"bos_token_id\":0",
                "chat_template.jinja|content }}|content  }}"
            })
    void whatChangesTokensChangesTheDigest(String file, String from, String to) throws IOException {
        assertThat(changed(file, from, to)).isNotEqualTo(digest());
    }

    @Test
    void aTemplateForToolsAndEndTokensOfTheGenerationCount() throws IOException {
        String before = TemplateContract.digest(dir);
        Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\":2}");
        String withEnd = TemplateContract.digest(dir);
        Files.createDirectories(dir.resolve("additional_chat_templates"));
        Files.writeString(dir.resolve("additional_chat_templates/tool_use.jinja"), "{{ tools }}");
        String withTools = TemplateContract.digest(dir);
        Files.writeString(dir.resolve("additional_chat_templates/rag.jinja"), "{{ documents }}");

        assertThat(before).isNotEqualTo(withEnd);
        assertThat(withEnd).isNotEqualTo(withTools);
        assertThat(TemplateContract.digest(dir)).isEqualTo(withTools);
    }

    @Test
    void anotherContractIsRefusedWithBothDigests() {
        assertThatThrownBy(() -> TemplateContract.require("aa", "the adapter", "bb", "the base"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("template contract: the adapter has aa, the base has bb: ");
        assertThatCode(() -> TemplateContract.require("", "the adapter", "bb", "the base"))
                .doesNotThrowAnyException();
    }

    private String digest() throws IOException {
        write();
        return TemplateContract.digest(dir);
    }

    private String changed(String file, String from, String to) throws IOException {
        String text = MODEL.get(file);
        assertThat(text).contains(from);
        Files.writeString(dir.resolve(file), text.replace(from, to));
        return TemplateContract.digest(dir);
    }
}
