package dev.finetide.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.StepReport;
import dev.finetide.sft.TrainingListener;
import dev.finetide.sft.decoder.TrainingFlops;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.Batches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Measures one training case, or generation with `--generate`, in this process and prints one JSON object. A plain
/// matrix product is measured first, as
/// the yardstick; then the training, after its estimate where the number of steps is given. Rows keep their order, and
/// the learning rate is constant.
@Command(name = "bench", description = "Measures training: tokens/s, GFLOP/s, peak memory.")
final class BenchCommand implements Callable<Integer> {
    private static final List<String> METHODS = List.of("lora", "qlora", "full");
    private static final int BATCH_TOKENS = 1024;
    private static final int MAX_STEPS = 400;

    /// The length of the longest random row over that of the shortest, where rows are packed.
    private static final int PACKED_SPREAD = 8;

    @Option(names = "--model", paramLabel = "DIR")
    private Optional<Path> model;

    @Option(names = "--rows", paramLabel = "FILE")
    private Optional<Path> rowsFile;

    @Option(names = "--size", defaultValue = "135M")
    private String size;

    @Option(names = "--length", defaultValue = "512")
    private int length;

    @Option(names = "--method", defaultValue = "lora")
    private String method;

    @Option(names = "--precision")
    private Optional<String> precision;

    @Option(names = "--targets", defaultValue = "q_proj,v_proj", split = ",")
    private List<String> targets;

    @Option(names = "--rank", defaultValue = "8")
    private int rank;

    @Option(names = "--batch", defaultValue = "0")
    private int batch;

    @Option(names = "--steps", defaultValue = "0")
    private int steps;

    @Option(names = "--seconds", defaultValue = "8")
    private double seconds;

    @Option(names = "--pack", defaultValue = "0")
    private int pack;

    @Option(names = "--recompute")
    private boolean recompute;

    @Option(names = "--micro-batch-tokens", defaultValue = "0")
    private int microBatchTokens;

    @Option(names = "--lr", defaultValue = "2e-4")
    private double learningRate;

    @Option(names = "--adapter", paramLabel = "DIR")
    private Optional<Path> adapter;

    @Option(names = "--generate", defaultValue = "0")
    private int generate;

    @Mixin
    private MachineOptions machine;

    @Override
    public Integer call() throws IOException {
        Path scratch = Files.createTempDirectory("finetide-bench-");
        try (StopSignal _ = StopSignal.forWorkThatIsLost()) {
            System.out.println(new ObjectMapper().writeValueAsString(measure(scratch)));
            return 0;
        } catch (ModelFormatException | IllegalArgumentException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, e.getMessage(), e);
        } finally {
            AttemptInputs.clear(scratch);
        }
    }

    private Map<String, Object> measure(Path scratch) throws IOException {
        if (steps == 1 && generate == 0) {
            throw new WorkerFailure(
                    WorkerFailure.Reason.BAD_CONFIGURATION,
                    "--steps: the first is not timed, expected 2 or more, got 1");
        }
        if (!METHODS.contains(method)) {
            throw new WorkerFailure(
                    WorkerFailure.Reason.BAD_CONFIGURATION, "--method: expected one of " + METHODS + ", got " + method);
        }
        EngineOptions options = machine.engine();
        if (method.equals("qlora")) {
            options = options.withQuantization(EngineOptions.Quantization.NF4);
        }
        if (precision.isPresent()) {
            options = options.withPrecision(Precision.valueOf(precision.get().toUpperCase(Locale.ROOT)));
        }
        try (CausalLm base = load(scratch, options)) {
            if (adapter.isPresent()) {
                base.attach(adapter.get());
            }
            List<TokenizedRow> rows = rows(base);
            if (generate > 0) {
                return new GenerationBench(base, rows, generate).measure(Math.max(1, steps));
            }
            double peak = base.measureGemmPeak();
            SftConfig config = config(rows);
            Timing timing = new Timing(config.totalSteps(rows.size()), seconds, steps > 0);
            Map<String, Object> estimate = train(base, rows, config, scratch, timing);
            Map<String, Object> report = reportOf(
                    config,
                    base,
                    options.threads(),
                    rows,
                    timing,
                    flops(base, config, rows, timing.reports.size()),
                    peak);
            report.putAll(estimate);
            return report;
        }
    }

    /// Trains. A run with a given number of steps is estimated first, as the platform does it.
    ///
    /// @return the run's seconds, and the estimate where there is one
    private Map<String, Object> train(
            CausalLm base, List<TokenizedRow> rows, SftConfig config, Path scratch, Timing timing) {
        Map<String, Object> estimate = new LinkedHashMap<>();
        try (SftTrainer trainer = SftTrainer.prepare(base, rows, List.of(), config)) {
            if (steps > 0) {
                trainer.estimate(scratch, _ -> {}).ifPresent(estimated -> {
                    estimate.put("estimatedSeconds", estimated.seconds());
                    estimate.put("estimatedPeakMemoryBytes", estimated.peakMemoryBytes());
                });
            }
            estimate.put(
                    "seconds",
                    trainer.run(scratch.resolve("checkpoints"), timing).seconds());
        }
        return estimate;
    }

    private CausalLm load(Path scratch, EngineOptions options) throws IOException {
        if (model.isPresent()) {
            return CausalLm.load(model.get(), options);
        }
        BenchModel.of(size).write(scratch);
        return CausalLm.random(scratch, 1, options);
    }

    private List<TokenizedRow> rows(CausalLm base) {
        if (rowsFile.isPresent()) {
            return BenchRows.read(rowsFile.get(), base, model.orElse(Path.of("")));
        }
        return BenchRows.random(
                4 * batchSize(),
                pack > 0 ? length / PACKED_SPREAD : length,
                length,
                base.config().vocab());
    }

    /// Returns the number of rows of a step. Packed rows have mixed lengths, so about twice as many rows have the same
    /// number of tokens.
    private int batchSize() {
        int rows = Math.max(1, BATCH_TOKENS / length);
        return batch > 0 ? batch : pack > 0 ? 2 * rows : rows;
    }

    private SftConfig config(List<TokenizedRow> rows) {
        SftConfig.Builder builder = method.equals("full")
                ? SftConfig.forFull()
                : SftConfig.forLora().lora(new LoraConfig(rank, 2.0 * rank, 0, false, targets));
        int longest = rows.stream().mapToInt(TokenizedRow::length).max().orElseThrow();
        int most = steps > 0 ? steps : MAX_STEPS;
        return builder.learningRate(learningRate)
                .schedule(SftConfig.Schedule.CONSTANT)
                .warmupSteps(0)
                .batchSize(batchSize())
                .maxSteps(most)
                .epochs(Math.ceilDiv(most * batchSize(), rows.size()) + 1)
                .weightDecay(0.01)
                .maxGradNorm(1)
                .maxLength(longest)
                .packing(pack > 0)
                .recompute(recompute)
                .microBatchTokens(microBatchTokens)
                .build();
    }

    /// Counts the floating point operations of the timed steps, which are all steps but the first. The tokens that all
    /// rows of a step begin with count once, because without packing and dropout they are computed once.
    private static double flops(CausalLm base, SftConfig config, List<TokenizedRow> rows, int steps) {
        TrainingFlops work = new TrainingFlops(
                base.config(),
                config.lora().map(lora -> lora.weights(base.config())).orElse(Map.of()));
        Batches batches = new Batches(rows, config.batchSize(), config.seed());
        return IntStream.range(1, steps)
                .mapToObj(batches::rowsOf)
                .mapToDouble(step -> {
                    int shared = config.packing() ? 0 : TokenizedRow.sharedBeginning(step);
                    return step.stream()
                                    .mapToDouble(row -> work.flops(row.readTokens(), row.supervisedTokens()))
                                    .sum()
                            - (step.size() - 1) * work.flops(shared, 0);
                })
                .sum();
    }

    private Map<String, Object> reportOf(
            SftConfig config,
            CausalLm base,
            int threadsUsed,
            List<TokenizedRow> rows,
            Timing timing,
            double flops,
            double peak) {
        List<StepReport> timed = timing.reports.subList(1, timing.reports.size());
        double tokens = timed.stream().mapToLong(StepReport::tokens).sum();
        double spent = timed.stream()
                .mapToDouble(step -> step.tokens() / step.tokensPerSecond())
                .sum();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("kind", "finetide");
        report.put("method", method.toUpperCase(Locale.ROOT));
        report.put("precision", base.precision());
        report.put("threads", threadsUsed);
        report.put("steps", timing.reports.size());
        report.put("batch", config.batchSize());
        report.put("packed", config.packing());
        report.put("tokensPerSecond", tokens / spent);
        report.put(
                "bestTokensPerSecond",
                timed.stream().mapToDouble(StepReport::tokensPerSecond).max().orElse(0));
        report.put("rowsPerSecond", (double) config.batchSize() * timed.size() / spent);
        report.put("gflops", flops / spent / 1e9);
        report.put("gemmPeakGflops", peak / 1e9);
        report.put("shareOfPeak", flops / spent / peak);
        report.put("peakMemoryBytes", TorchRuntime.peakResidentBytes());
        report.put("losses", timing.reports.stream().map(StepReport::loss).toList());
        report.put(
                "gradNorms", timing.reports.stream().map(StepReport::gradNorm).toList());
        report.put("order", order(config, rows, timing.reports.size()));
        return report;
    }

    /// Lists the places in the file of each step's rows, so that another trainer can be given the same batches.
    private static List<List<Integer>> order(SftConfig config, List<TokenizedRow> rows, int steps) {
        Map<TokenizedRow, Integer> places = new IdentityHashMap<>();
        rows.forEach(row -> places.put(row, places.size()));
        Batches batches = new Batches(rows, config.batchSize(), config.seed());
        return IntStream.range(0, steps)
                .mapToObj(step -> batches.rowsOf(step).stream().map(places::get).toList())
                .toList();
    }

    /// Keeps the reports of all steps. Stops the run when the time is over, unless the number of steps is given.
    private static final class Timing implements TrainingListener {
        private static final int LEAST_STEPS = 3;
        private final List<StepReport> reports = new ArrayList<>();
        private final int most;
        private final double seconds;
        private final boolean allSteps;
        private double spent;

        Timing(int most, double seconds, boolean allSteps) {
            this.most = most;
            this.seconds = seconds;
            this.allSteps = allSteps;
        }

        @Override
        public void onStep(StepReport step) {
            reports.add(step);
            spent += step.tokens() / step.tokensPerSecond();
        }

        @Override
        public boolean stopRequested() {
            return reports.size() >= most || !allSteps && reports.size() >= LEAST_STEPS && spent > seconds;
        }
    }
}
