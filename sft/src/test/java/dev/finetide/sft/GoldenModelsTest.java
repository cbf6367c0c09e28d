package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.sft.model.Batch;
import dev.finetide.sft.model.DecoderProgram;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Agreement with Hugging Face transformers and PEFT, within 10 times what fp32 itself costs (`noise` in
/// facts.json).
class GoldenModelsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp;

    static Stream<Path> models() throws IOException {
        return GoldenFolders.supported();
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsOfBaseAndAdapterAgree(Path dir) throws IOException {
        try (CausalLm lm = CausalLm.load(dir, options());
                Golden golden = new Golden(dir)) {
            golden.expectClose("forward", "logits", logits(lm, golden));
            try (Adapter adapter = lm.attach(dir.resolve("adapter"))) {
                golden.expectClose("forward", "adapter_logits", logits(lm, golden));
                adapter.off();
                golden.expectClose("forward", "logits", logits(lm, golden));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void greedyTextsOfBaseAndAdapterAgree(Path dir) throws IOException {
        try (CausalLm lm = CausalLm.load(dir, options());
                Golden golden = new Golden(dir)) {
            int[] row = golden.rows().getFirst().ids();
            int[] prompt = Arrays.copyOf(row, row.length / 2);
            int[] expected = golden.continuation("generated", prompt.length);
            assertThat(written(lm, prompt, expected.length)).isEqualTo(expected);
            try (Adapter adapter = lm.attach(dir.resolve("adapter"))) {
                int[] adapted = golden.continuation("adapter_generated", prompt.length);
                assertThat(written(lm, prompt, adapted.length)).isEqualTo(adapted);
                adapter.off();
                assertThat(written(lm, prompt, expected.length)).isEqualTo(expected);
            }
        }
    }

    private static int[] written(CausalLm lm, int[] prompt, int newTokens) {
        GenerationConfig config = GenerationConfig.greedy(newTokens, Set.of());
        return new Generator(lm).generate(List.of(prompt), config).getFirst().newTokens();
    }

    @ParameterizedTest
    @MethodSource("models")
    void adapterGradientsAgree(Path dir) throws IOException {
        try (CausalLm lm = CausalLm.load(dir, options());
                Golden golden = new Golden(dir);
                Adapter adapter = lm.attach(dir.resolve("adapter"));
                PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice());
                DecoderProgram program =
                        new DecoderProgram(manager, lm.config(), Optional.of(adapter.shape()), true, false)) {
            Batch batch = Batch.of(manager, golden.rows());
            NDList result = program.gradients(manager, batch, lm.parameters());
            double tokens = golden.facts.get("supervised_tokens").asInt();
            double loss = golden.facts.get("adapter_loss").asDouble();
            assertThat(result.head().getFloat() / tokens)
                    .isCloseTo(loss, org.assertj.core.data.Offset.offset(loss * 10 * golden.noise("gradients")));
            List<String> names = adapter.weights().names();
            for (int i = 0; i < names.size(); i++) {
                float[] gradient = result.get(i + 1).div(tokens).toFloatArray();
                golden.expectClose("gradients", peftTrainingName(names.get(i)), gradient);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void loraTrainingAgreesStepByStep(Path dir) throws IOException {
        try (CausalLm lm = CausalLm.load(dir, options());
                Golden golden = new Golden(dir);
                Adapter adapter = lm.attach(dir.resolve("adapter"))) {
            LoraConfig lora = new LoraConfig(
                    adapter.shape().rank(),
                    adapter.shape().alpha(),
                    0,
                    adapter.shape().rslora(),
                    adapter.shape().dora(),
                    adapter.shape().modules().stream().toList());
            List<StepReport> reports = train(lm, golden, SftConfig.forLora().lora(lora));
            golden.expectCurves("training", reports);
            expectWeights(golden, "training", adapter.weights());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void fullTrainingAgreesStepByStep(Path dir) throws IOException {
        try (CausalLm lm = CausalLm.load(dir, options());
                Golden golden = new Golden(dir)) {
            List<StepReport> reports = train(lm, golden, SftConfig.forFull());
            golden.expectCurves("full", reports);
            expectWeights(golden, "full", lm.weights());
        }
    }

    private List<StepReport> train(CausalLm lm, Golden golden, SftConfig.Builder settings) {
        SftConfig config = settings.learningRate(golden.facts.get("peak_lr").asDouble())
                .warmupSteps(golden.facts.path("warmup").asInt(2))
                .batchSize(2)
                .epochs(golden.facts.get("steps").asInt())
                .weightDecay(0.01)
                .build();
        List<StepReport> reports = new ArrayList<>();
        TrainResult result = SftTrainer.train(lm, golden.rows(), config, temp, reports::add);
        assertThat(result.interrupted()).isFalse();
        return reports;
    }

    private static void expectWeights(Golden golden, String file, Parameters weights) {
        for (String name : weights.names()) {
            golden.expectClose(file, peftTrainingName(name), weights.array(name).toFloatArray());
        }
    }

    private static String peftTrainingName(String name) {
        return name.replaceFirst("(lora_[AB])\\.weight$", "$1.default.weight")
                .replaceFirst("lora_magnitude_vector$", "lora_magnitude_vector.default.weight");
    }

    private static float[] logits(CausalLm lm, Golden golden) {
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            NDArray ids = Batch.of(manager, golden.rows()).ids();
            NDArray hidden = lm.program().hidden(manager, ids, lm.parameters());
            NDArray head = lm.weights().array(lm.config().tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight");
            return hidden.matMul(head.transpose()).toFloatArray();
        }
    }

    private static EngineOptions options() {
        return EngineOptions.defaults().withThreads(1);
    }

    /// One folder of golden arrays. Positions that are padding hold whatever the other implementation computed:
    /// not compared.
    private static final class Golden implements AutoCloseable {
        private final Path dir;
        private final JsonNode facts;
        private final long[] ids;
        private final long[] mask;
        private final long[] labels;

        Golden(Path dir) throws IOException {
            this.dir = dir;
            this.facts = JSON.readTree(Files.readAllBytes(dir.resolve("facts.json")));
            try (SafetensorsFile forward = new SafetensorsFile(dir.resolve("forward.safetensors"))) {
                ids = longs(forward, "input_ids");
                mask = longs(forward, "attention_mask");
                labels = longs(forward, "labels");
            }
        }

        private static long[] longs(SafetensorsFile file, String name) {
            long[] values = new long[(int) file.tensor(name).elements()];
            file.bytes(name)
                    .asByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asLongBuffer()
                    .get(values);
            return values;
        }

        List<TokenizedRow> rows() {
            List<TokenizedRow> rows = new ArrayList<>();
            int width = ids.length / 2;
            for (int b = 0; b < 2; b++) {
                int first = b * width;
                int length = (int) Arrays.stream(mask, first, first + width).sum();
                int[] row = new int[length];
                boolean[] supervised = new boolean[length];
                for (int t = 0; t < length; t++) {
                    row[t] = (int) ids[first + t];
                    supervised[t] = labels[first + t] != -100;
                }
                rows.add(new TokenizedRow(row, supervised));
            }
            return rows;
        }

        int[] continuation(String name, int from) {
            try (SafetensorsFile forward = new SafetensorsFile(dir.resolve("forward.safetensors"))) {
                return Arrays.stream(longs(forward, name))
                        .skip(from)
                        .mapToInt(Math::toIntExact)
                        .toArray();
            }
        }

        double noise(String file) {
            return facts.get("noise").get(file).asDouble();
        }

        void expectClose(String file, String name, float[] actual) {
            float[] expected;
            try (SafetensorsFile arrays = new SafetensorsFile(dir.resolve(file + ".safetensors"))) {
                expected = arrays.floats(name);
            }
            if (name.endsWith("logits")) {
                int vocab = expected.length / mask.length;
                for (int i = 0; i < expected.length; i++) {
                    if (mask[i / vocab] == 0) {
                        expected[i] = 0;
                        actual[i] = 0;
                    }
                }
            }
            assertThat(relative(expected, actual))
                    .as("%s %s %s", dir.getFileName(), file, name)
                    .isLessThan(10 * noise(file));
        }

        void expectCurves(String file, List<StepReport> reports) {
            try (SafetensorsFile arrays = new SafetensorsFile(dir.resolve(file + ".safetensors"))) {
                expectCurve(
                        file,
                        "loss",
                        arrays,
                        reports.stream().mapToDouble(StepReport::loss).toArray());
                expectCurve(
                        file,
                        "grad_norm",
                        arrays,
                        reports.stream().mapToDouble(StepReport::gradNorm).toArray());
                expectCurve(
                        file,
                        "lr",
                        arrays,
                        reports.stream().mapToDouble(StepReport::learningRate).toArray());
            }
        }

        private void expectCurve(String file, String name, SafetensorsFile arrays, double[] actual) {
            double[] expected = new double[actual.length];
            arrays.bytes(name)
                    .asByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asDoubleBuffer()
                    .get(expected);
            double error = 0;
            double norm = 0;
            for (int i = 0; i < expected.length; i++) {
                error += Math.pow(expected[i] - actual[i], 2);
                norm += Math.pow(expected[i], 2);
            }
            assertThat(Math.sqrt(error / norm))
                    .as("%s %s %s", dir.getFileName(), file, name)
                    .isLessThan(10 * noise(file));
        }

        private static double relative(float[] expected, float[] actual) {
            assertThat(actual).hasSameSizeAs(expected);
            double error = 0;
            double norm = 0;
            for (int i = 0; i < expected.length; i++) {
                error += Math.pow((double) expected[i] - actual[i], 2);
                norm += Math.pow(expected[i], 2);
            }
            return Math.sqrt(error) / Math.max(1e-30, Math.sqrt(norm));
        }

        @Override
        public void close() {}
    }
}
