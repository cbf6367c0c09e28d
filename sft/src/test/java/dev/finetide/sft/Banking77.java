package dev.finetide.sft;

import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.text.Tokenizer;
import dev.finetide.sft.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Measures full fine-tuning of stories260k on Banking77: `Banking77 MODEL_DIR DATA_DIR EPOCHS THREADS
/// [OUT_DIR]`.
final class Banking77 {
    private Banking77() {}

    private record Example(String prompt, String answer) {}

    public static void main(String[] args) throws IOException {
        EngineOptions options = EngineOptions.defaults().withThreads(Integer.parseInt(args[3]));
        SftConfig config = SftConfig.forFull()
                .learningRate(3e-3)
                .warmupSteps(50)
                .batchSize(32)
                .epochs(12)
                .maxSteps(
                        args[2].startsWith("s")
                                ? Integer.parseInt(args[2].substring(1))
                                : 313 * Integer.parseInt(args[2]))
                .weightDecay(0.01)
                .seed(1)
                .maxLength(512)
                .build();
        try (CausalLm lm = CausalLm.load(Path.of(args[0]), options)) {
            List<TokenizedRow> rows = new ArrayList<>();
            for (Example example : read(Path.of(args[1], "train.csv"))) {
                rows.add(encode(lm.tokenizer(), example));
            }
            System.out.printf(
                    "%d rows, %.1f tokens each%n",
                    rows.size(),
                    rows.stream().mapToInt(TokenizedRow::length).average().orElse(0));
            SftTrainer trainer = SftTrainer.prepare(lm, rows, List.of(), config);
            Path checkpoints = Files.createTempDirectory("banking77");
            TrainingEstimate estimate = trainer.estimate(checkpoints, _ -> {}).orElseThrow();
            System.out.printf(
                    "estimate: %.1f s, peak %d MB, %d tokens%n",
                    estimate.seconds(), estimate.peakMemoryBytes() >> 20, estimate.tokens());
            long[] started = {System.nanoTime(), 0};
            TrainResult result = trainer.run(checkpoints, report -> {
                if (report.step() == 20) {
                    started[0] = System.nanoTime();
                    started[1] = cpuNanos();
                }
                if (report.step() % 100 == 0) {
                    double seconds = (System.nanoTime() - started[0]) / 1e9;
                    System.out.printf(
                            "step %d/%d loss %.4f norm %.3f, %.0f rows/s, %.2f CPU ms/row%n",
                            report.step(),
                            report.totalSteps(),
                            report.loss(),
                            report.gradNorm(),
                            (report.step() - 20) * 32 / seconds,
                            (cpuNanos() - started[1]) / 1e6 / 32 / (report.step() - 20));
                }
            });
            System.out.printf(
                    "trained %d steps in %.1f s, peak %d MB%n",
                    result.steps(), result.seconds(), TorchRuntime.peakResidentBytes() >> 20);
            if (args.length > 4) {
                result.save(Path.of(args[4]), "stories260k");
            }
            trainer.close();
            if (System.getenv("NOEVAL") == null) evaluate(lm, read(Path.of(args[1], "test.csv")));
        }
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static void evaluate(CausalLm lm, List<Example> examples) {
        long started = System.nanoTime();
        List<int[]> prompts = new ArrayList<>();
        List<TokenizedRow> rows = new ArrayList<>();
        for (Example example : examples) {
            prompts.add(lm.tokenizer().encode(example.prompt, true));
            rows.add(encode(lm.tokenizer(), example));
        }
        List<Generation> texts = new Generator(lm)
                .generate(prompts, GenerationConfig.greedy(32, lm.tokenizer().eosIds()));
        int exact = 0;
        for (int i = 0; i < examples.size(); i++) {
            String text = lm.tokenizer().decode(texts.get(i).newTokens(), true);
            exact += text.strip().equals(examples.get(i).answer.strip()) ? 1 : 0;
        }
        double generated = (System.nanoTime() - started) / 1e9;
        List<RowScore> scores = new Scorer(lm).score(rows);
        double nll = scores.stream().mapToDouble(RowScore::nll).sum();
        int tokens = scores.stream().mapToInt(RowScore::supervisedTokens).sum();
        System.out.printf(
                "exact match %.4f, loss %.4f, generated in %.1f s, scored in %.1f s%n",
                (double) exact / examples.size(),
                nll / tokens,
                generated,
                (System.nanoTime() - started) / 1e9 - generated);
    }

    private static TokenizedRow encode(Tokenizer tokenizer, Example example) {
        Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets(example.prompt + example.answer, true);
        int n = encoded.ids().length;
        int[] ids = java.util.Arrays.copyOf(encoded.ids(), n + 1);
        boolean[] supervised = new boolean[n + 1];
        for (int t = 0; t < n; t++) {
            supervised[t] = encoded.end()[t] > example.prompt.length();
        }
        ids[n] = tokenizer.eosIds().iterator().next();
        supervised[n] = true;
        return new TokenizedRow(ids, supervised);
    }

    private static List<Example> read(Path csv) throws IOException {
        String content = Files.readString(csv);
        List<Example> examples = new ArrayList<>();
        List<String> record = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < content.length(); i++) {
            char c = content.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < content.length() && content.charAt(i + 1) == '"') {
                    field.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (!quoted && (c == ',' || c == '\n')) {
                record.add(field.toString());
                field.setLength(0);
                if (c == '\n') {
                    examples.add(new Example(
                            "Question: " + record.get(0) + "\nIntent:",
                            " " + record.get(1).strip().replace('_', ' ')));
                    record.clear();
                }
            } else {
                field.append(c);
            }
        }
        return examples.subList(1, examples.size());
    }
}
