package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.text.CharacterTokenizer;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models whose chat template ends a turn with another token than the base's end token stop elsewhere where they stop
/// here.
class EndTokensElsewhereTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);
    private static final List<String> QUESTIONS = List.of("one", "two", "six");
    private static final List<String> ANSWERS = List.of("ein", "zwei", "sechs");
    private static final int END = 1;
    private static final int END_OF_TURN = 3;

    @TempDir
    Path temp;

    private Path base;

    @BeforeEach
    void writeABase() throws IOException {
        base = Files.createDirectories(temp.resolve("base"));
        CharacterTokenizer.write(base, false).close();
        Files.writeString(base.resolve("config.json"), """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 104, "hidden_size": 24,
                 "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
                 "max_position_embeddings": 64, "tie_word_embeddings": true, "dtype": "float32",
                 "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}
                """);
        Files.writeString(
                base.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\": \"GPT2Tokenizer\", \"eos_token\": \"</s>\"}");
        Files.writeString(
                base.resolve("chat_template.jinja"),
                "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}"
                        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");
        try (CausalLm random = CausalLm.random(base, 7, OPTIONS)) {
            random.save(temp.resolve("whole"), TensorType.F32);
        }
        Files.delete(temp.resolve("whole/generation_config.json"));
    }

    @Test
    void aBaseWithoutGenerationConfigGetsOneWithAllEndTokens() throws IOException {
        JsonNode written = saved();

        assertThat(written.get("eos_token_id")).hasToString("[%d,%d]".formatted(END, END_OF_TURN));
        assertThat(written.get("bos_token_id").intValue()).isZero();
        assertThat(written.get("pad_token_id").intValue()).isEqualTo(2);
    }

    @Test
    void allOtherFieldsOfTheBasesGenerationConfigStay() throws IOException {
        Files.writeString(
                temp.resolve("whole/generation_config.json"),
                "{\"eos_token_id\": 1, \"temperature\": 0.6, \"do_sample\": true}");

        JsonNode written = saved();

        assertThat(written.get("eos_token_id")).hasToString("[%d,%d]".formatted(END, END_OF_TURN));
        assertThat(written.get("temperature").doubleValue()).isEqualTo(0.6);
        assertThat(written.get("do_sample").booleanValue()).isTrue();
    }

    @Test
    void aGenerationConfigThatNamesAllEndTokensIsCopiedAsItIs() throws IOException {
        String complete = "{\"eos_token_id\": [3,   1]}";
        Files.writeString(temp.resolve("whole/generation_config.json"), complete);

        saved();

        assertThat(temp.resolve("saved/generation_config.json")).hasContent(complete);
    }

    @Test
    void anAdapterNamesItsBaseAsOthersAndAsFinetideKnowIt() throws IOException {
        Path adapter = temp.resolve("adapter");
        try (CausalLm lm = CausalLm.load(temp.resolve("whole"), OPTIONS)) {
            RowEncoder encoder = new RowEncoder(lm.tokenizer(), lm.chatTemplate(), 64);
            SftConfig config = SftConfig.forLora().maxSteps(1).build();
            SftTrainer.train(lm, List.of(encoder.encode(row(0))), config, temp.resolve("none"), report -> {})
                    .save(adapter, "Org/Tiny", "projects/default/bases/tiny");
        }

        JsonNode config = new ObjectMapper().readTree(Files.readString(adapter.resolve("adapter_config.json")));
        assertThat(config.get("base_model_name_or_path").textValue()).isEqualTo("Org/Tiny");
        try (SafetensorsFile weights = new SafetensorsFile(adapter.resolve("adapter_model.safetensors"))) {
            assertThat(weights.metadata()).containsEntry("finetide_base", "projects/default/bases/tiny");
        }
        assertThat(Files.readString(adapter.resolve("README.md")))
                .contains("base_model: \"Org/Tiny\"", "`projects/default/bases/tiny`", "eos_token_id=[1, 3]");
    }

    @Test
    void transformersGeneratesTheTextsThatAreGeneratedHere() throws Exception {
        String python = ElsewhereLogits.python();
        train(SftConfig.forFull().learningRate(0.02), "full");
        train(SftConfig.forLora().learningRate(0.02), "adapter");
        List<String> ours = new ArrayList<>(answers("full"));
        try (CausalLm lm = CausalLm.load(temp.resolve("whole"), OPTIONS);
                Adapter adapter = lm.attach(temp.resolve("adapter"))) {
            adapter.merge();
            lm.save(temp.resolve("merged"), TensorType.F32);
        }
        ours.addAll(answers("merged"));
        ours.addAll(answers("merged"));

        List<String> command =
                new ArrayList<>(List.of(python, "src/test/python/generate_in_transformers.py", temp.toString()));
        command.addAll(QUESTIONS);
        String printed = PythonProgram.run(command.toArray(String[]::new));

        assertThat(printed).isNotNull();
        List<String> theirs = new ArrayList<>();
        for (String line : printed.lines().toList()) {
            JsonNode model = new ObjectMapper().readTree(line);
            model.get("texts").forEach(text -> theirs.add(text.textValue()));
            model.get("lengths").forEach(length -> assertThat(length.intValue()).isLessThan(40));
        }
        assertThat(theirs).isEqualTo(ours);
        assertThat(answers("full")).isEqualTo(ANSWERS);
    }

    /// Transformers would build GPT-2's tokenizer from the vocabulary, which is not that of `tokenizer.json`.
    @Test
    void aSavedTokenizerIsTheOneOfItsFile() throws IOException {
        assertThat(Files.readString(base.resolve("tokenizer_config.json"))).contains("GPT2Tokenizer");
        assertThat(Files.readString(temp.resolve("whole/tokenizer_config.json")))
                .contains("PreTrainedTokenizerFast", "</s>")
                .doesNotContain("GPT2Tokenizer");
    }

    /// A model that is added as a base would otherwise be taken for the base that it was made from.
    @Test
    void aSavedModelDoesNotHaveTheNameOfItsBase() throws IOException {
        Path config = temp.resolve("whole/config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"_name_or_path\": \"Org/Tiny\","));

        saved();

        assertThat(Files.readString(temp.resolve("saved/config.json"))).doesNotContain("_name_or_path", "Org/Tiny");
    }

    private JsonNode saved() throws IOException {
        try (CausalLm lm = CausalLm.load(temp.resolve("whole"), OPTIONS)) {
            lm.save(temp.resolve("saved"), TensorType.F32);
        }
        return new ObjectMapper().readTree(Files.readString(temp.resolve("saved/generation_config.json")));
    }

    private void train(SftConfig.Builder settings, String name) {
        try (CausalLm lm = CausalLm.load(temp.resolve("whole"), OPTIONS)) {
            RowEncoder encoder = new RowEncoder(lm.tokenizer(), lm.chatTemplate(), 64);
            List<TokenizedRow> rows = IntStream.range(0, QUESTIONS.size())
                    .mapToObj(i -> encoder.encode(row(i)))
                    .toList();
            SftTrainer.train(
                            lm,
                            rows,
                            settings.batchSize(3).epochs(150).build(),
                            temp.resolve("no-checkpoints-" + name),
                            report -> {})
                    .save(temp.resolve(name), temp.resolve("whole").toString());
        }
    }

    private static ChatRow row(int i) {
        return new ChatRow(List.of(Message.user(QUESTIONS.get(i)), Message.assistant(ANSWERS.get(i))), List.of());
    }

    private List<String> answers(String name) {
        try (CausalLm lm = CausalLm.load(temp.resolve(name), OPTIONS)) {
            RowEncoder encoder = new RowEncoder(lm.tokenizer(), lm.chatTemplate(), 64);
            List<int[]> prompts = IntStream.range(0, QUESTIONS.size())
                    .mapToObj(i -> encoder.question(row(i).messages().subList(0, 1)))
                    .toList();
            return new Generator(lm)
                    .generate(prompts, GenerationConfig.greedy(40, encoder.stopIds())).stream()
                            .map(Generation::newTokens)
                            .map(ids -> lm.tokenizer().decode(ids, true))
                            .toList();
        }
    }
}
