package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.sft.model.Batch;
import dev.finetide.sft.safetensors.TensorType;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An adapter and a model saved here are loaded by PEFT and transformers, with equal logits. Needs a Python
/// with both:
/// `FINETIDE_PYTHON`, else `python3`.
class PeftRoundTripTest {
    private static final int[] IDS = {1, 5, 9, 33, 17, 2, 40, 8};

    @TempDir
    Path temp;

    @Test
    void peftComputesTheSameWithAnAdapterTrainedHere() throws Exception {
        String python = System.getenv().getOrDefault("FINETIDE_PYTHON", "python3");
        if (run(python, "-c", "import peft, torch, transformers") == null) {
            System.out.println("skipped: " + python + " has no peft (set FINETIDE_PYTHON)");
            assumeTrue(false);
        }
        LoraConfig lora = new LoraConfig(4, 6, 0, true, List.of("q_proj", "o_proj", "up_proj"));
        SftConfig config =
                SftConfig.forLora().lora(lora).learningRate(0.05).batchSize(5).build();
        float[] plain;
        try (CausalLm lm = TinyModel.create(temp.resolve("source"), 1)) {
            SftTrainer.train(lm, TinyModel.rows(20, 20), config, temp.resolve("checkpoints"), report -> {})
                    .save(temp.resolve("adapter"), temp.resolve("base").toString());
            lm.save(temp.resolve("base"), TensorType.F32);
            plain = logits(lm);
        }
        try (CausalLm lm =
                CausalLm.load(temp.resolve("base"), EngineOptions.defaults().withThreads(1))) {
            assertThat(logits(lm)).containsExactly(plain);
            Adapter adapter = lm.attach(temp.resolve("adapter"));
            float[] tuned = logits(lm);
            JsonNode peft = new ObjectMapper().readTree(peftLogits(python));
            assertThat(distance(peft.get("base"), plain)).isLessThan(1e-5);
            assertThat(distance(peft.get("adapter"), tuned)).isLessThan(1e-5);
            assertThat(distance(peft.get("base"), tuned)).isGreaterThan(1e-2);
            adapter.close();
        }
    }

    private String peftLogits(String python) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                python,
                "src/test/python/load_in_peft.py",
                temp.resolve("base").toString(),
                temp.resolve("adapter").toString()));
        for (int id : IDS) {
            command.add(String.valueOf(id));
        }
        return run(command.toArray(String[]::new));
    }

    /// What a program prints, null when it fails or is not there.
    private static String run(String... command) throws InterruptedException {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.DISCARD);
            builder.environment().put("HF_HUB_OFFLINE", "1");
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? output : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static float[] logits(CausalLm lm) {
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            long[] ids = Arrays.stream(IDS).asLongStream().toArray();
            NDArray hidden = lm.program()
                    .hidden(
                            manager,
                            new Batch(
                                    Batch.longs(manager, ids, 1, ids.length),
                                    Batch.longs(manager, new long[0], 0, 0),
                                    Batch.longs(manager, new long[0], 0),
                                    Batch.longs(manager, new long[0], 0)),
                            lm.parameters());
            return hidden.matMul(lm.weights().array("model.embed_tokens.weight").transpose())
                    .toFloatArray();
        }
    }

    /// Norm of the difference over norm.
    private static double distance(JsonNode expected, float[] actual) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            error += Math.pow(expected.get(i).asDouble() - actual[i], 2);
            norm += Math.pow(actual[i], 2);
        }
        return Math.sqrt(error / norm);
    }
}
