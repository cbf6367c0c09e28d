package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters that adapt some modules of some layers, in each way in which PEFT says so.
class PeftModulesTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/mistral-lora-patterns");
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SETTINGS = List.of(
            "{'target_modules': ['q_proj', 'down_proj'], 'layers_to_transform': [1]}",
            "{'target_modules': ['q_proj', 'down_proj'], 'layers_to_transform': 0}",
            "{'target_modules': ['v_proj'], 'layers_to_transform': [0], 'layers_pattern': 'layers'}",
            "{'target_modules': ['v_proj'], 'layers_to_transform': [1, 7], 'layers_pattern': ['blocks', 'layers']}",
            "{'target_modules': ['model.layers.0.self_attn.k_proj', 'mlp.up_proj'], 'layers_to_transform': [1]}",
            "{'target_modules': ['q_proj', 'v_proj'], 'exclude_modules': ['layers.0.self_attn.q_proj']}",
            "{'target_modules': ['q_proj', 'v_proj'], 'exclude_modules': '.*layers\\\\.1.*v_proj'}",
            "{'target_modules': 'all-linear', 'exclude_modules': ['mlp.up_proj', 'o_proj']}",
            "{'target_modules': '.*(q|o)_proj', 'exclude_modules': ['model.layers.1.self_attn.o_proj']}",
            "{'target_modules': ['k_proj', 'gate_proj'], 'layers_to_transform': [0, 1], 'exclude_modules': ['layers.1.mlp.gate_proj'], 'rank_pattern': {'k_proj': 2}}");

    @TempDir
    Path temp;

    @Test
    void adaptersOfPeftComputeHereWhatTheyComputeThere() throws Exception {
        String python = ElsewhereLogits.python();
        Path base = temp.resolve("base");
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            lm.save(base, TensorType.F32);
        }
        List<String> command = new ArrayList<>(List.of(
                python, "src/test/python/make_adapters.py", ElsewhereLogits.ids(), base.toString(), temp.toString()));
        SETTINGS.forEach(settings -> command.add(settings.replace('\'', '"')));
        String printed = PythonProgram.run(command.toArray(String[]::new));
        assertThat(printed).isNotNull();
        List<String> lines = printed.lines().toList();
        assertThat(lines).hasSameSizeAs(SETTINGS);

        for (int i = 0; i < lines.size(); i++) {
            JsonNode theirs = JSON.readTree(lines.get(i));
            try (CausalLm lm = CausalLm.load(base, OPTIONS)) {
                assertThat(ElsewhereLogits.distance(theirs, ElsewhereLogits.of(lm)))
                        .as(SETTINGS.get(i))
                        .isGreaterThan(1e-2);
                lm.attach(temp.resolve(String.valueOf(i)));
                assertThat(ElsewhereLogits.distance(theirs, ElsewhereLogits.of(lm)))
                        .as(SETTINGS.get(i))
                        .isLessThan(1e-5);
            }
        }
    }

    /// The shortest form in which PEFT can say it: some layers, some modules less, or every path.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            layers.0.self_attn.q_proj, layers.0.mlp.up_proj            | [q_proj, up_proj]   | [0] | null
            layers.0.self_attn.v_proj, layers.1.mlp.up_proj            | paths               | null | null
            q_proj, k_proj, layers.1.self_attn.v_proj                  | [q_proj, k_proj, v_proj] | null | [model.layers.0.self_attn.v_proj]
            q_proj, v_proj                                             | [q_proj, v_proj]    | null | null
            """)
    void unevenAdaptersAreWrittenInTheShortestForm(String targets, String written, String layers, String excluded)
            throws IOException {
        LoraShape before;
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            LoraConfig lora = new LoraConfig(2, 4, 0, false, List.of(targets.split(", ")));
            SftTrainer.train(
                            lm,
                            TinyModel.rows(1, 9).stream()
                                    .map(row -> new TokenizedRow(
                                            Arrays.stream(row.ids())
                                                    .map(id -> id % 40)
                                                    .toArray(),
                                            row.supervised()))
                                    .toList(),
                            SftConfig.forLora().lora(lora).maxSteps(1).build(),
                            temp.resolve("none"),
                            report -> {})
                    .save(temp.resolve("adapter"), "base");
            before = lora.shape(lm.config());
        }

        JsonNode config = JSON.readTree(Files.readString(temp.resolve("adapter/adapter_config.json")));

        String paths = before.modules().stream().sorted().toList().toString();
        assertThat(texts(config.get("target_modules"))).isEqualTo(written.equals("paths") ? paths : written);
        assertThat(config.get("layers_to_transform")).hasToString(layers);
        assertThat(config.get("exclude_modules").isNull() ? "null" : texts(config.get("exclude_modules")))
                .isEqualTo(excluded);
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            assertThat(lm.attach(temp.resolve("adapter")).shape()).isEqualTo(before);
        }
    }

    private static String texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asText()));
        return (texts.getFirst().startsWith("model.") ? texts.stream().sorted().toList() : texts).toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'modules_to_save': ['lm_head']",
                "'target_modules': ['q_proj', 'lm_head']",
                "'target_modules': ['embed_tokens']",
                "'exclude_modules': '.*'",
                "'exclude_modules': 7",
                "'layers_to_transform': [-1]",
                "'layers_to_transform': ['a']",
                "'layers_pattern': 'layers'",
                "'bias': 'all'",
                "'lora_bias': true",
                "'fan_in_fan_out': true",
                "'trainable_token_indices': [1]",
                "'layer_replication': [[0, 1]]",
                "'target_parameters': ['x']",
                "'use_qalora': true",
                "'use_bdlora': {'nblocks': 2}",
                "'alora_invocation_tokens': [1]",
                "'arrow_config': {'top_k': 2}",
                "'kasa_config': {'beta': 0.1}",
                "'monteclora_config': {'num_samples': 2}",
                "'velora_config': {'scale': 1}",
                "'megatron_config': {'a': 1}",
                "'init_lora_weights': 'pissa'",
                "'peft_type': 'LOHA'"
            })
    void whatChangesTheResultOtherwiseIsRefusedByField(String setting) throws IOException {
        Path adapter = Files.createDirectories(temp.resolve("adapter"));
        try (Stream<Path> files = Files.list(GOLDEN.resolve("adapter"))) {
            for (Path file : files.toList()) {
                Files.copy(file, adapter.resolve(file.getFileName()));
            }
        }
        Path file = adapter.resolve("adapter_config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(Files.readString(file));
        ObjectNode changed = (ObjectNode) JSON.readTree(("{" + setting + "}").replace('\'', '"'));
        Files.writeString(file, config.setAll(changed).toString());

        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            String field = setting.contains("'.*'")
                    ? "target_modules"
                    : changed.fieldNames().next();
            assertThatThrownBy(() -> lm.attach(adapter))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("adapter_config.json: " + field + ": expected");
        }
    }
}
