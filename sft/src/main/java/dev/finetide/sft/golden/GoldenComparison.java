package dev.finetide.sft.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.sft.Adapter;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.StepReport;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.decoder.KeptActivations;
import dev.finetide.sft.decoder.KeyValueCache;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.torch.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/// Compares the engine with folders of golden arrays that Hugging Face's libraries computed: logits of the base, the
/// adapter and the merged model, greedy texts, gradients, and whole training runs with LoRA and of all weights.
public final class GoldenComparison implements AutoCloseable {
    private final GoldenFolder golden;
    private final EngineOptions options;
    private final Consumer<GoldenFinding> findings;

    private GoldenComparison(GoldenFolder golden, EngineOptions options, Consumer<GoldenFinding> findings) {
        this.golden = golden;
        this.options = options.withPrecision(Precision.FP32);
        this.findings = findings;
    }

    /// Compares one folder, or every folder in a directory.
    ///
    /// @param findings receiver of each file's result as soon as the file is compared
    /// @throws ModelFormatException when a folder cannot be read
    public static void of(Path dir, EngineOptions options, Consumer<GoldenFinding> findings) {
        for (Path folder : GoldenFolder.in(dir)) {
            try (GoldenComparison comparison = new GoldenComparison(new GoldenFolder(folder), options, findings)) {
                comparison.forward();
                comparison.gradients();
                comparison.training("training");
                comparison.training("full");
                comparison.bf16();
            }
        }
    }

    private void forward() {
        Map<String, double[]> logits = new LinkedHashMap<>();
        Map<String, int[]> texts = new LinkedHashMap<>();
        try (CausalLm lm = CausalLm.load(golden.dir(), options)) {
            logits.put("logits", logits(lm));
            texts.put("generated", text(lm));
            try (Adapter adapter = lm.attach(golden.dir().resolve("adapter"))) {
                logits.put("adapter_logits", logits(lm));
                texts.put("adapter_generated", text(lm));
                adapter.merge();
            }
            logits.put("merged_logits", logits(lm));
        }
        // Both arrays are of the same function; not every folder has both.
        String expected = has("forward", "merged_logits") ? "merged_logits" : "adapter_logits";
        double merged = golden.distance("forward", expected, logits.get("merged_logits"));
        report(
                "forward",
                golden.tolerance("forward"),
                logits.keySet(),
                name -> name.equals("merged_logits") ? merged : golden.distance("forward", name, logits.get(name)));
        report(
                "forward (greedy texts)",
                0,
                texts.keySet(),
                name -> differing(golden.continuation(name), texts.get(name)));
    }

    private boolean has(String file, String array) {
        return golden.file(file).tensors().containsKey(array);
    }

    private double[] logits(CausalLm lm) {
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            return doubles(lm.program().logits(manager, Batch.of(manager, golden.unsupervisedRows()), lm.parameters()));
        }
    }

    /// Writes greedily, with the cache, and without the end token, because the goldens were made with a minimum
    /// length.
    private int[] text(CausalLm lm) {
        int[] tokens = new int[golden.continuation("generated").length];
        int[] prompt = golden.prompt();
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            KeyValueCache cache = KeyValueCache.empty(lm.program(), manager, 1, prompt.length + tokens.length);
            List<GenerationStep.Newest> newest = List.of();
            List<GenerationStep.Reading> readings = List.of(GenerationStep.Reading.prompt(prompt, 0));
            for (int i = 0; i < tokens.length; i++) {
                GenerationStep step = GenerationStep.of(manager, newest, readings, cache);
                tokens[i] = likeliest(lm.program()
                        .stepLogits(manager, step, cache, lm.parameters())
                        .getFirst());
                newest = List.of(new GenerationStep.Newest(tokens[i], prompt.length + i + 1));
                readings = List.of();
            }
        }
        return tokens;
    }

    private int likeliest(NDArray logits) {
        double[] values = doubles(logits);
        for (int end : golden.endTokens()) {
            values[end] = Double.NEGATIVE_INFINITY;
        }
        int best = 0;
        for (int token = 1; token < values.length; token++) {
            best = values[token] > values[best] ? token : best;
        }
        return best;
    }

    private static double differing(int[] expected, int[] actual) {
        if (expected.length != actual.length) {
            return 1;
        }
        double differing = 0;
        for (int i = 0; i < expected.length; i++) {
            differing += expected[i] == actual[i] ? 0 : 1;
        }
        return differing / expected.length;
    }

    private void gradients() {
        Map<String, double[]> gradients = new LinkedHashMap<>();
        double loss;
        try (CausalLm lm = CausalLm.load(golden.dir(), options);
                Adapter adapter = lm.attach(golden.dir().resolve("adapter"));
                PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice());
                DecoderProgram program = DecoderProgram.forTraining(
                        manager, lm.config(), Optional.of(adapter.shape()), lm.precision(), 0, KeptActivations.ALL)) {
            double tokens = golden.facts().integer("supervised_tokens", 1, Integer.MAX_VALUE);
            NDList result = program.gradients(manager, Batch.of(manager, golden.rows()), lm.parameters());
            loss = result.head().getFloat() / tokens;
            List<String> names = adapter.weights().names();
            for (int i = 0; i < names.size(); i++) {
                gradients.put(
                        trainingName(names.get(i)), doubles(result.get(i + 1).div(tokens)));
            }
        }
        double expected = golden.facts().positive("adapter_loss");
        gradients.put("loss", new double[] {loss});
        report(
                "gradients",
                golden.tolerance("gradients"),
                gradients.keySet(),
                name -> name.equals("loss")
                        ? Math.abs(loss - expected) / expected
                        : golden.distance("gradients", name, gradients.get(name)));
    }

    /// Compares a whole training run.
    ///
    /// @param file `training` for a run of the adapter, `full` for a run of all weights
    private void training(String file) {
        Map<String, double[]> ends = new LinkedHashMap<>();
        List<StepReport> steps = new ArrayList<>();
        Path scratch = scratch();
        try (CausalLm lm = CausalLm.load(golden.dir(), options)) {
            SftConfig.Builder settings = SftConfig.forFull();
            if (file.equals("training")) {
                settings =
                        SftConfig.forLora().lora(config(lm.attach(golden.dir().resolve("adapter"))));
            }
            SftConfig config = settings.learningRate(golden.facts().positive("peak_lr"))
                    .warmupSteps(golden.facts().integer("warmup", 0, 1 << 20, 2))
                    .batchSize(golden.rows().size())
                    .epochs(golden.facts().integer("steps", 1, 1 << 20))
                    .weightDecay(0.01)
                    .build();
            Parameters trained = SftTrainer.train(lm, golden.rows(), config, scratch, steps::add)
                    .trained();
            trained.names().forEach(name -> ends.put(trainingName(name), doubles(trained.array(name))));
        } finally {
            delete(scratch);
        }
        ends.put("loss", steps.stream().mapToDouble(StepReport::loss).toArray());
        ends.put("grad_norm", steps.stream().mapToDouble(StepReport::gradNorm).toArray());
        ends.put("lr", steps.stream().mapToDouble(StepReport::learningRate).toArray());
        report(file, golden.tolerance(file), ends.keySet(), name -> golden.distance(file, name, ends.get(name)));
    }

    private static LoraConfig config(Adapter adapter) {
        return new LoraConfig(
                adapter.shape().rank(),
                adapter.shape().alpha(),
                0,
                adapter.shape().rslora(),
                adapter.shape().dora(),
                List.copyOf(adapter.shape().modules()));
    }

    private void bf16() {
        if (!golden.has("bf16")) {
            return;
        }
        try (CausalLm lm = CausalLm.load(golden.dir(), options.withPrecision(Precision.BF16))) {
            double[] logits = logits(lm);
            report("bf16", golden.tolerance("bf16"), Set.of("logits"), name -> golden.distance("bf16", name, logits));
        }
    }

    private void report(String file, double tolerance, Set<String> arrays, ToDoubleFunction<String> error) {
        GoldenFinding worst = null;
        for (String array : arrays) {
            GoldenFinding finding = new GoldenFinding(
                    golden.dir().toAbsolutePath().normalize().getFileName().toString(),
                    file,
                    array,
                    error.applyAsDouble(array),
                    tolerance);
            if (worst == null || Double.compare(finding.error(), worst.error()) > 0) {
                worst = finding;
            }
        }
        findings.accept(worst);
    }

    /// Returns PEFT's name of a weight during training, which contains the adapter's name, `default`; the name in a
    /// saved file does not.
    private static String trainingName(String name) {
        return name.replaceFirst("(lora_[AB])\\.weight$", "$1.default.weight")
                .replaceFirst("lora_magnitude_vector$", "lora_magnitude_vector.default.weight");
    }

    private static double[] doubles(NDArray array) {
        float[] floats = array.toFloatArray();
        double[] values = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            values[i] = floats[i];
        }
        return values;
    }

    private static Path scratch() {
        try {
            return Files.createTempDirectory("finetide-verify-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Deletes a directory that is empty, because the run saves no checkpoint.
    private static void delete(Path scratch) {
        try {
            Files.deleteIfExists(scratch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        golden.close();
    }
}
