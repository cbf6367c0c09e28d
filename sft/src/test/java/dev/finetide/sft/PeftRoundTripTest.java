package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.golden.GoldenFolder;
import dev.finetide.sft.text.TokenizedRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models that are trained and saved here, transformers and PEFT load and compute the same: adapters, merged and fully
/// trained models of every family. (The other way round, adapters that PEFT wrote: [GoldenModelsTest].) Needs a Python
/// with both: `FINETIDE_PYTHON`, else `python3`.
class PeftRoundTripTest {
    @TempDir
    Path temp;

    @Test
    void peftComputesTheSameFromWhatIsSavedHere() throws Exception {
        String python = ElsewhereLogits.python();
        List<Map<String, float[]>> ours = new ArrayList<>();
        List<String> command =
                new ArrayList<>(List.of(python, "src/test/python/load_in_peft.py", ElsewhereLogits.ids()));
        for (Path family : GoldenFolder.in(Path.of("src/test/resources/golden"))) {
            Path out = temp.resolve(family.getFileName());
            ours.add(trained(family, out));
            command.add(out.toString());
        }
        List<String> lines =
                PythonProgram.run(command.toArray(String[]::new)).lines().toList();
        assertThat(lines).hasSameSizeAs(ours);
        for (int i = 0; i < lines.size(); i++) {
            JsonNode theirs = new ObjectMapper().readTree(lines.get(i));
            ours.get(i)
                    .forEach((model, logits) -> assertThat(ElsewhereLogits.distance(theirs.get(model), logits))
                            .as("%s %s", model, command)
                            .isLessThan(1e-5));
            assertThat(ElsewhereLogits.distance(theirs.get("base"), ours.get(i).get("adapter")))
                    .isGreaterThan(1e-2);
            assertThat(ElsewhereLogits.distance(theirs.get("base"), ours.get(i).get("full")))
                    .isGreaterThan(1e-2);
        }
    }

    /// Trains an adapter like the family's golden one, and all weights; saves base, adapter, merged and full model.
    private Map<String, float[]> trained(Path family, Path out) {
        Map<String, float[]> logits = new HashMap<>();
        try (CausalLm lm = CausalLm.load(family, options())) {
            lm.save(out.resolve("base"), TensorType.F32);
            logits.put("base", ElsewhereLogits.of(lm));
            LoraConfig lora = likeTheGoldenOne(lm, family);
            SftConfig config = SftConfig.forLora()
                    .lora(lora)
                    .learningRate(0.02)
                    .batchSize(5)
                    .build();
            SftTrainer.train(lm, rows(lm), config, temp.resolve("no-checkpoints"), report -> {})
                    .save(out.resolve("adapter"), out.resolve("base").toString());
            Adapter adapter = lm.attach(out.resolve("adapter"));
            logits.put("adapter", ElsewhereLogits.of(lm));
            adapter.merge();
            adapter.close();
            lm.save(out.resolve("merged"), TensorType.F32);
            logits.put("merged", ElsewhereLogits.of(lm));
        }
        try (CausalLm lm = CausalLm.load(family, options())) {
            SftConfig config =
                    SftConfig.forFull().learningRate(0.01).batchSize(5).build();
            SftTrainer.train(lm, rows(lm), config, temp.resolve("no-checkpoints"), report -> {})
                    .save(out.resolve("full"), "unused");
            logits.put("full", ElsewhereLogits.of(lm));
        }
        return logits;
    }

    private static LoraConfig likeTheGoldenOne(CausalLm lm, Path family) {
        try (Adapter golden = lm.attach(family.resolve("adapter"))) {
            return new LoraConfig(
                    golden.shape().rank(),
                    golden.shape().alpha(),
                    0.1,
                    golden.shape().rslora(),
                    golden.shape().dora(),
                    List.copyOf(golden.shape().modules()));
        }
    }

    private static List<TokenizedRow> rows(CausalLm lm) {
        return TinyModel.rows(20, 20).stream()
                .map(row -> new TokenizedRow(
                        Arrays.stream(row.ids())
                                .map(id -> id % lm.config().vocab())
                                .toArray(),
                        row.supervised()))
                .toList();
    }

    private static EngineOptions options() {
        return EngineOptions.defaults().withThreads(1);
    }
}
