package dev.finetide.modelfiles.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Templates are chosen by name as transformers chooses them.
class ChatTemplateTest {
    private static final List<Message> QUESTION = List.of(Message.user("a"));
    private static final List<Map<String, Object>> TOOLS = List.of(Map.of("type", "function"));

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"name\": \"default\", \"template\": \"plain\"}, {\"name\": \"tool_use\", \"template\": \"tools\"}]",
                "[{\"name\": \"tool_use\", \"template\": \"tools\"}, {\"name\": \"rag\", \"template\": \"r\"}, {\"name\": \"default\", \"template\": \"plain\"}]",
                "{\"tool_use\": \"tools\", \"default\": \"plain\"}"
            })
    void rowsWithToolsGetTheTemplateForTools(String templates) throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": " + templates + "}");

        assertRenders("plain", "tools");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"one\"",
                "[{\"name\": \"default\", \"template\": \"one\"}]",
                "[{\"name\": \"default\", \"template\": \"one\"}, {\"name\": \"rag\", \"template\": \"r\"}]",
                "{\"default\": \"one\"}"
            })
    void withoutATemplateForToolsAllRowsGetTheDefault(String templates) throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": " + templates + "}");

        assertRenders("one", "one");
        assertThat(load().identity()).endsWith("\none");
    }

    @Test
    void filesOfTheFolderHaveTheNamesOfTheirTemplatesAndWinOverTheConfig() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": {\"default\": \"old\", \"tool_use\": \"old\"}}");
        write("chat_template.jinja", "plain");
        assertRenders("plain", "plain");

        write("additional_chat_templates/tool_use.jinja", "tools");
        write("additional_chat_templates/rag.jinja", "r");
        assertRenders("plain", "tools");
    }

    @Test
    void aFolderWithoutADefaultIsRefusedByItsFile() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"unread\"}");
        write("additional_chat_templates/tool_use.jinja", "tools");

        assertThatThrownBy(this::load)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("additional_chat_templates/tool_use.jinja: ")
                .hasMessageContaining("expected one with the name \"default\"");
    }

    @Test
    void aTemplateForToolsThatCannotBeParsedIsRefusedByItsFile() throws IOException {
        write("chat_template.jinja", "plain");
        write("additional_chat_templates/tool_use.jinja", "{% for %}");

        assertThatThrownBy(this::load)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tool_use.jinja: chat template");
    }

    @Test
    void templatesSeeAllTokensThatHaveAName() throws IOException {
        write("chat_template.jinja", "{{ bos_token }}{{ image_token }}{{ eos_token }}{{ box_token }}");
        write("tokenizer_config.json", """
                {"bos_token": {"content": "<s>"}, "image_token": "<i>", "add_bos_token": true,
                 "extra_special_tokens": {"box_token": "<b>"}}
                """);
        write("special_tokens_map.json", "{\"eos_token\": \"</s>\"}");
        assertThat(load().render(QUESTION, List.of(), false)).isEqualTo("<s><i></s><b>");

        // transformers reads the old file only where the config lists no tokens.
        write(
                "tokenizer_config.json",
                "{\"bos_token\": \"<s>\", \"added_tokens_decoder\": {\"0\": {\"content\": \"<s>\"}}}");
        assertThat(load().render(QUESTION, List.of(), false)).isEqualTo("<s>");
    }

    private void assertRenders(String plain, String withTools) {
        assertThat(load().render(QUESTION, List.of(), false)).isEqualTo(plain);
        assertThat(load().render(QUESTION, TOOLS, false)).isEqualTo(withTools);
    }

    private ChatTemplate load() {
        return ChatTemplate.load(dir).orElseThrow();
    }

    private void write(String file, String text) throws IOException {
        Path path = dir.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
