package dev.finetide.sft;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.model.DecoderProgram;
import dev.finetide.sft.model.Lanes;
import dev.finetide.sft.model.LoraShape;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.model.WeightLayout;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.AdamW;
import dev.finetide.sft.train.Batches;
import dev.finetide.sft.train.Checkpoints;
import dev.finetide.sft.train.Digests;
import dev.finetide.sft.train.StepGradients;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Supervised fine-tuning: maximum likelihood of the supervised tokens. LoRA and full fine-tuning
/// differ only by which parameters are trainable.
///
/// The loss of a step is the sum of the negative log-likelihoods of all its supervised tokens over
/// their count, however the step's rows are cut into micro-batches.
public final class SftTrainer {
    private final CausalLm base;
    private final SftConfig config;
    private final TrainingListener listener;
    private final Batches batches;
    private final int totalSteps;
    private final Optional<LoraShape> lora;
    private final Parameters trained;
    private final List<NDArray> parameters;
    private final Checkpoints checkpoints;

    private SftTrainer(
            CausalLm base, List<TokenizedRow> rows, SftConfig config, Path checkpointDir, TrainingListener listener) {
        this.base = base;
        this.config = config;
        this.listener = listener;
        this.batches = new Batches(rows, config.batchSize(), config.seed());
        this.totalSteps = config.totalSteps(rows.size());
        this.lora = config.lora().map(LoraConfig::shape);
        this.trained =
                lora.map(shape -> adapterWeights(base, shape, config.seed())).orElse(base.weights());
        this.parameters = base.weights().arrays();
        lora.ifPresent(shape -> parameters.addAll(trained.arrays()));
        this.checkpoints = new Checkpoints(checkpointDir, identity(rows), config.keepCheckpoints());
    }

    /// Trains, and continues from the newest usable checkpoint in `checkpointDir`. Full fine-tuning
    /// changes the base in place; a LoRA run goes on with the adapter that is switched on, when one
    /// is.
    ///
    /// @throws IllegalArgumentException naming the row when one is too long or has nothing to learn
    public static TrainResult train(
            CausalLm base, List<TokenizedRow> rows, SftConfig config, Path checkpointDir, TrainingListener listener) {
        check(base, rows, config);
        return new SftTrainer(base, rows, config, checkpointDir, listener).run();
    }

    /// Those of the adapter that is switched on, which then goes on learning, or initial ones.
    private static Parameters adapterWeights(CausalLm base, LoraShape shape, long seed) {
        return base.active()
                .map(Adapter::weights)
                .orElseGet(() -> Parameters.initialLora(base.manager(), WeightLayout.lora(base.config(), shape), seed));
    }

    private static void check(CausalLm base, List<TokenizedRow> rows, SftConfig config) {
        SftConfig.require(!rows.isEmpty(), "rows", "at least one", "empty");
        base.active()
                .map(Adapter::shape)
                .ifPresent(shape -> SftConfig.require(
                        config.lora().map(LoraConfig::shape).equals(Optional.of(shape)),
                        "lora",
                        "the shape of the adapter that is switched on, " + shape,
                        config.lora()));
        for (int i = 0; i < rows.size(); i++) {
            TokenizedRow row = rows.get(i);
            int longest = Math.min(config.maxLength(), base.config().maxPositions());
            SftConfig.require(
                    row.length() <= longest, "row " + i + ": length", "at most " + longest + " tokens", row.length());
            SftConfig.require(row.supervisedTokens() > 0, "row " + i + ": supervised tokens", "at least one", 0);
            for (int id : row.ids()) {
                SftConfig.require(
                        id >= 0 && id < base.config().vocab(),
                        "row " + i + ": token id",
                        "0 to " + (base.config().vocab() - 1),
                        id);
            }
        }
    }

    private TrainResult run() {
        long started = System.nanoTime();
        long tokens = 0;
        double loss = Double.NaN;
        int step = 0;
        boolean full = config.method() == SftConfig.Method.FULL;
        try (DecoderProgram program = new DecoderProgram(base.manager(), base.config(), lora, true, full);
                AdamW adamW = new AdamW(base.manager(), trained);
                Lanes lanes = lanes()) {
            StepGradients gradients = new StepGradients(
                    program,
                    adamW,
                    lanes,
                    parameters,
                    config.microBatchTokens(),
                    base.config().hidden());
            Optional<Checkpoints.Position> resumed = checkpoints.restore(trained, adamW, listener::onCheckpointRefused);
            if (resumed.isPresent()) {
                step = resumed.get().step();
                loss = resumed.get().loss();
                listener.onResume(step, resumed.get().dir());
            }
            int saved = step;
            while (step < totalSteps && !listener.stopRequested()) {
                StepReport report = step(step, gradients, adamW);
                step++;
                tokens += report.tokens();
                loss = report.loss();
                listener.onStep(report);
                if (config.checkpointEverySteps() > 0
                        && (step % config.checkpointEverySteps() == 0 || step == totalSteps)) {
                    listener.onCheckpoint(step, checkpoints.save(step, loss, trained, adamW));
                    saved = step;
                }
            }
            if (step < totalSteps && step > saved) {
                listener.onCheckpoint(step, checkpoints.save(step, loss, trained, adamW));
            }
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        return new TrainResult(base, lora, trained, loss, step, tokens, seconds, step < totalSteps);
    }

    /// Dropout draws from libtorch's one generator, so that its masks repeat only when
    /// micro-batches run one by one.
    private Lanes lanes() {
        int threads = base.options().threads();
        boolean dropout = lora.map(LoraShape::dropout).orElse(0.0) > 0;
        return new Lanes(base.config(), threads, dropout ? 1 : threads);
    }

    /// What a checkpoint must have been made from to be continued here.
    private Map<String, String> identity(List<TokenizedRow> rows) {
        Map<String, String> identity = new LinkedHashMap<>(config.identity());
        identity.put("dataset", Digests.ofRows(rows));
        identity.put("base", Digests.ofParameters(base.weights()));
        lora.ifPresent(shape -> identity.put("initialAdapter", Digests.ofParameters(trained)));
        return identity;
    }

    /// One optimiser step. Everything it allocates lives under one manager and is freed at its end.
    private StepReport step(int step, StepGradients gradients, AdamW adamW) {
        long started = System.nanoTime();
        List<TokenizedRow> rows = batches.rowsOf(step);
        double lr = config.learningRate() * config.schedule().factor(step, config.warmupSteps(), totalSteps);
        TorchRuntime.seed(config.seed() * 0x9E3779B97F4A7C15L + step);
        try (PtNDManager manager = base.manager().newSubManager(base.manager().getDevice())) {
            StepGradients.Sum sum = gradients.of(manager, rows);
            double loss = sum.nll() / sum.supervisedTokens();
            if (!Double.isFinite(loss)) {
                throw new ArithmeticException("step " + (step + 1) + ": the loss is " + loss);
            }
            double norm = adamW.update(
                    manager, sum.gradients(), sum.supervisedTokens(), config.maxGradNorm(), lr, config.weightDecay());
            double seconds = (System.nanoTime() - started) / 1e9;
            return new StepReport(
                    step + 1,
                    totalSteps,
                    (step + 1.0) / batches.stepsPerEpoch(),
                    loss,
                    lr,
                    norm,
                    sum.supervisedTokens(),
                    sum.tokens(),
                    sum.tokens() / seconds,
                    rows.size() / seconds);
        }
    }
}
