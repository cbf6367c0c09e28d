package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.safetensors.SafetensorsWriter;
import dev.finetide.sft.text.CharacterTokenizer;
import dev.finetide.sft.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Model directories of which transformers reads more than one file for the same thing. Here the same is read.
class ReadElsewhereTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/llama3-grouped");
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);
    private static final String HEAD = "lm_head.weight";
    private static final String TEXT = "go <x>to<y></s> <z>it";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp;

    @Test
    void aTiedModelWithAHeadOfItsOwnComputesWithThatHead() throws Exception {
        String python = ElsewhereLogits.python();
        Path base = temp.resolve("base");
        Path same = temp.resolve("same");
        Path other = temp.resolve("other");
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            assertThat(lm.config().tiedHead()).isTrue();
            lm.save(base, TensorType.F32);
        }
        withHead(base, same, 1);
        withHead(base, other, -0.5f);
        float[] ours;
        try (CausalLm lm = CausalLm.load(same, OPTIONS)) {
            assertThat(lm.config().tiedHead()).isTrue();
        }
        try (CausalLm lm = CausalLm.load(other, OPTIONS)) {
            ours = ElsewhereLogits.of(lm);
            lm.save(temp.resolve("saved"), TensorType.F32);
        }

        String printed = PythonProgram.run(
                python,
                "src/test/python/read_directories.py",
                ElsewhereLogits.ids(),
                "",
                base.toString(),
                other.toString(),
                temp.resolve("saved").toString());

        assertThat(printed).isNotNull();
        List<String> lines = printed.lines().toList();
        assertThat(distance(lines.get(0), ours)).isGreaterThan(0.1);
        assertThat(distance(lines.get(1), ours)).isLessThan(1e-5);
        assertThat(distance(lines.get(2), ours)).isLessThan(1e-5);
        assertThat(JSON.readTree(temp.resolve("saved/config.json").toFile()).get("tie_word_embeddings"))
                .hasToString("false");
    }

    @Test
    void aHeadOfAnotherShapeIsRefusedByTensor() throws IOException {
        Path base = temp.resolve("base");
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            lm.save(base, TensorType.F32);
        }
        rewrite(
                base,
                temp.resolve("other"),
                writer -> writer.add(HEAD, new long[] {1}, MemorySegment.ofArray(new float[1])));

        assertThatThrownBy(() -> CausalLm.load(temp.resolve("other"), OPTIONS))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("model.safetensors: tensor \"lm_head.weight\" has shape [1], expected");
    }

    @Test
    void tokensAndTemplatesAreFoundInAllFilesInWhichTransformersFindsThem() throws Exception {
        String python = ElsewhereLogits.python();
        String decoder = "\"added_tokens_decoder\": {\"110\": {\"content\": \"<x>\", \"special\": false},"
                + " \"109\": {\"content\": \"<y>\", \"special\": true, \"rstrip\": true},"
                + " \"1\": {\"content\": \"</s>\", \"special\": true, \"normalized\": false, \"lstrip\": true}}";
        String two = "\"chat_template\": %s";
        List<Path> directories = List.of(
                directory("plain", "\"chat_template\": \"P{{ messages[0].content }}\"", ""),
                directory(
                        "decoder",
                        decoder
                                + ", \"pad_token\": \"<z>\", \"chat_template\": \"{{ pad_token }}{{ messages[0].content }}\"",
                        ""),
                directory(
                        "named",
                        "\"eos_token\": \"</s>\", \"extra_special_tokens\": [\"<x>\"], \"chat_template\": \"{{ messages[0].content }}{{ eos_token }}\"",
                        ""),
                directory(
                        "old",
                        "\"chat_template\": \"{{ pad_token }}{{ messages[0].content }}\"",
                        "{\"pad_token\": \"<z>\", \"additional_special_tokens\": [\"<y>\"]}"),
                directory(
                        "list",
                        two.formatted(
                                "[{\"name\": \"default\", \"template\": \"P{{ messages[0].content }}\"}, {\"name\": \"tool_use\", \"template\": \"T{{ tools | tojson }}\"}]"),
                        ""),
                directory("dict", two.formatted("{\"tool_use\": \"T{{ tools | tojson }}\", \"default\": \"P\"}"), ""),
                directory("folder", two.formatted("\"unread\""), ""));
        Path folder = directories.getLast();
        Files.writeString(folder.resolve("chat_template.jinja"), "F{{ messages[0].content }}");
        Files.createDirectories(folder.resolve("additional_chat_templates"));
        Files.writeString(folder.resolve("additional_chat_templates/tool_use.jinja"), "U{{ tools | tojson }}");
        List<String> command =
                new ArrayList<>(List.of(python, "src/test/python/read_directories.py", ElsewhereLogits.ids(), TEXT));
        directories.forEach(directory -> command.add(directory.toString()));

        String printed = PythonProgram.run(command.toArray(String[]::new));

        assertThat(printed).isNotNull();
        List<String> lines = printed.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            JsonNode theirs = JSON.readTree(lines.get(i));
            Path directory = directories.get(i);
            ChatTemplate template = ChatTemplate.load(directory).orElseThrow();
            List<Message> question = List.of(Message.user(TEXT));
            List<Map<String, Object>> tools =
                    List.of(new TreeMap<>(Map.of("type", "function", "function", Map.of("name", "f"))).descendingMap());
            try (Tokenizer tokenizer = Tokenizer.load(directory)) {
                int[] chat = tokenizer.encode(template.render(question, List.of(), false), false);
                assertThat(tokenizer.encode(TEXT, true))
                        .as("%s text", directory)
                        .isEqualTo(ids(theirs.get("text")));
                assertThat(chat).as("%s chat", directory).isEqualTo(ids(theirs.get("chat")));
                assertThat(tokenizer.encode(template.render(question, tools, false), false))
                        .as("%s tools", directory)
                        .isEqualTo(ids(theirs.get("tools")));
                assertThat(tokenizer.decode(chat, true))
                        .as("%s words", directory)
                        .isEqualTo(theirs.get("words").textValue());
            }
        }
    }

    private Path directory(String name, String tokenizerConfig, String specialTokens) throws IOException {
        Path directory = Files.createDirectories(temp.resolve(name));
        CharacterTokenizer.write(directory, false).close();
        Files.writeString(
                directory.resolve("config.json"),
                "{\"model_type\": \"llama\", \"eos_token_id\": 1, \"vocab_size\": 200}");
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", " + tokenizerConfig + "}");
        if (!specialTokens.isEmpty()) {
            Files.writeString(directory.resolve("special_tokens_map.json"), specialTokens);
        }
        return directory;
    }

    /// Copies a model and adds a head: the embedding times a factor.
    private static void withHead(Path from, Path to, float factor) throws IOException {
        try (SafetensorsFile file = new SafetensorsFile(from.resolve("model.safetensors"))) {
            float[] head = file.floats("model.embed_tokens.weight");
            long[] shape = file.tensor("model.embed_tokens.weight").dimensions();
            for (int i = 0; i < head.length; i++) {
                head[i] *= i % 3 == 0 ? factor : 1;
            }
            rewrite(from, to, writer -> writer.add(HEAD, shape, MemorySegment.ofArray(head)));
        }
    }

    private interface Addition {
        void to(SafetensorsWriter writer);
    }

    private static void rewrite(Path from, Path to, Addition addition) throws IOException {
        Files.createDirectories(to);
        Files.copy(from.resolve("config.json"), to.resolve("config.json"));
        try (SafetensorsFile file = new SafetensorsFile(from.resolve("model.safetensors"))) {
            SafetensorsWriter writer = new SafetensorsWriter(TensorType.F32);
            file.tensors()
                    .forEach((name, tensor) ->
                            writer.add(name, tensor.dimensions(), MemorySegment.ofArray(file.floats(name))));
            addition.to(writer);
            writer.write(to.resolve("model.safetensors"));
        }
    }

    private static double distance(String line, float[] ours) throws IOException {
        return ElsewhereLogits.distance(JSON.readTree(line).get("logits"), ours);
    }

    private static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        Arrays.setAll(ids, i -> list.get(i).intValue());
        return ids;
    }
}
