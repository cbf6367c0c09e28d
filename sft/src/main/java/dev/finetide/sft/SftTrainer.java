package dev.finetide.sft;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.ComputeThreads;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.KeptActivations;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.LoraWeights;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.AdamW;
import dev.finetide.sft.train.Batches;
import dev.finetide.sft.train.Checkpoints;
import dev.finetide.sft.train.Digests;
import dev.finetide.sft.train.Seeds;
import dev.finetide.sft.train.Spent;
import dev.finetide.sft.train.StepGradients;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Runs supervised fine-tuning: maximises the likelihood of the supervised tokens. LoRA and full
/// fine-tuning differ only in the trainable parameters.
///
/// The loss of a step is the sum of the negative log-likelihoods of all its supervised tokens over
/// their count, however the step's rows are cut into micro-batches.
///
/// A trainer is one run that is ready to start: its programs and kernels are compiled, the
/// optimiser has its memory, and the heaviest step that the rows can make has been computed. A
/// trainer can estimate the run first, and then trains once.
public final class SftTrainer implements AutoCloseable {
    private static final String LESS_MEMORY =
            "activation checkpointing, fewer tokens a micro-batch, and for LoRA a base in 4 bits take less";

    /// Number of steps whose shapes are compiled before the run. Later steps seldom have new shapes.
    private static final int WARM_UP_STEPS = 2000;

    private final CausalLm base;
    private final SftConfig config;
    private final List<TokenizedRow> rows;
    private final List<TokenizedRow> heldOut;
    private final String dataIdentity;
    private final Batches batches;
    private final Validation validation;
    private final int totalSteps;
    private final Optional<LoraShape> lora;
    private final Parameters trained;
    private final List<NDArray> parameters;
    private final DecoderProgram program;
    private final DecoderProgram scoring;
    private final AdamW adamW;
    private final Scorer scorer;
    private final StepGradients gradients;
    private final long residentBefore = TorchRuntime.residentBytes();
    private double probeSeconds;
    private boolean started;

    private SftTrainer(CausalLm base, HeldOut parts, SftConfig config) {
        this.base = base;
        this.config = config;
        this.rows = parts.learnt();
        this.heldOut = parts.heldOut();
        this.dataIdentity = parts.identity();
        this.batches = new Batches(rows, config.batchSize(), config.seed());
        this.validation = new Validation(heldOut, config.validation(), batches.stepsPerEpoch());
        this.totalSteps = config.totalSteps(rows.size());
        this.lora = base.active().map(Adapter::shape).or(() -> config.lora().map(lora -> lora.shape(base.config())));
        this.trained =
                lora.map(shape -> adapterWeights(base, shape, config.seed())).orElseGet(base::master);
        this.parameters = base.weights().arrays();
        lora.ifPresent(shape -> parameters.addAll(trained.arrays()));
        this.program = DecoderProgram.forTraining(
                base.manager(), base.config(), lora, base.precision(), config.neftuneAlpha(), keptActivations());
        this.scoring = DecoderProgram.forUse(base.manager(), base.config(), lora, base.precision());
        this.adamW = new AdamW(base.manager(), trained, config.decay() == SftConfig.Decay.ALL ? 1 : 2);
        this.scorer = new Scorer(base, scoring, parameters);
        this.gradients = new StepGradients(
                base.manager(), base.config(), program, threads(), parameters, config.microBatchTokens(), layout());
    }

    /// Prepares a run. A run that does not fit into memory fails here and not hours later. Full
    /// fine-tuning will change the base in place. A LoRA run continues with the adapter that is
    /// switched on, if any.
    ///
    /// @param parts rows to learn, and rows to validate on; empty for no validation
    /// @throws IllegalArgumentException naming the row when one is too long or has nothing to learn
    public static SftTrainer prepare(CausalLm base, HeldOut parts, SftConfig config) {
        Requirements.check(base, parts.learnt(), parts.heldOut(), config);
        SftTrainer trainer = new SftTrainer(base, parts, config);
        try {
            trainer.warmUp();
            long began = System.nanoTime();
            trainer.gradients.probe(base.manager(), trainer.rows, config.batchSize());
            trainer.probeSeconds = (System.nanoTime() - began) / 1e9;
            base.budget()
                    .require(
                            CostEstimator.peakBytes(), "so much the heaviest step of these rows takes; " + LESS_MEMORY);
            return trainer;
        } catch (RuntimeException e) {
            trainer.close();
            throw e;
        }
    }

    /// Prepares a run on rows whose identity is that of their tokens.
    public static SftTrainer prepare(
            CausalLm base, List<TokenizedRow> rows, List<TokenizedRow> heldOut, SftConfig config) {
        return prepare(base, new HeldOut(rows, heldOut), config);
    }

    private void warmUp() {
        int steps = Math.min(totalSteps, WARM_UP_STEPS);
        gradients.warmUp(base.manager(), IntStream.range(0, steps).mapToObj(batches::rowsOf));
    }

    /// Trains as [#train(CausalLm, List, List, SftConfig, Path, TrainingListener)] does, without
    /// held-out rows.
    public static TrainResult train(
            CausalLm base, List<TokenizedRow> rows, SftConfig config, Path checkpointDir, TrainingListener listener) {
        return train(base, rows, List.of(), config, checkpointDir, listener);
    }

    /// Trains: calls [#prepare] and [#run].
    public static TrainResult train(
            CausalLm base,
            List<TokenizedRow> rows,
            List<TokenizedRow> heldOut,
            SftConfig config,
            Path checkpointDir,
            TrainingListener listener) {
        try (SftTrainer trainer = prepare(base, new HeldOut(rows, heldOut), config)) {
            return trainer.run(checkpointDir, listener);
        }
    }

    /// Returns the weights of the adapter that is switched on and continues to learn, or initial
    /// weights.
    private static Parameters adapterWeights(CausalLm base, LoraShape shape, long seed) {
        return base.active()
                .map(Adapter::weights)
                .orElseGet(() -> LoraWeights.initial(base.manager(), base.config(), shape, base.weights(), seed));
    }

    /// Estimates the run's time and memory from a few steps with a learning rate of 0, so that
    /// nothing is learnt. Returns empty when the loss is NaN or infinite even before training.
    ///
    /// @param checkpointDir directory of the run's checkpoints: one is written there, timed and
    ///     deleted, if the run writes any
    /// @param onCheckpoint action of the run's listener for every checkpoint, which is timed, too
    public Optional<TrainingEstimate> estimate(Path checkpointDir, Consumer<Path> onCheckpoint) {
        requireNotStarted();
        Checkpoints checkpoints = new Checkpoints(checkpointDir, Map.of(), config.saveTotalLimit());
        try {
            return Optional.of(new CostEstimator(
                            step -> step(step, 0),
                            scorer,
                            () -> checkpoints.rehearse(trained, adamW, onCheckpoint),
                            totalSteps,
                            probeSeconds)
                    .estimate(base, trained, rows, heldOut, config, residentBefore));
        } catch (DivergedException e) {
            return Optional.empty();
        } finally {
            adamW.reset();
        }
    }

    /// Trains, once, and continues from the newest usable checkpoint in `checkpointDir`.
    ///
    /// @throws DivergedException naming the step when the loss or its gradient is NaN or infinite
    public TrainResult run(Path checkpointDir, TrainingListener listener) {
        requireNotStarted();
        started = true;
        Checkpoints checkpoints = new Checkpoints(checkpointDir, identity(), config.saveTotalLimit());
        long began = System.nanoTime();
        Checkpoints.Position at = resume(checkpoints, listener);
        Spent before = at.spent();
        int step = at.step();
        int saved = step;
        double loss = at.loss();
        long tokens = 0;
        listener.onStart(step);
        while (!hasEnded(step) && !listener.stopRequested()) {
            double lr = config.learningRate() * config.schedule().factor(step, config.warmupSteps(), totalSteps);
            StepReport report = step(step, lr);
            step++;
            tokens += report.tokens();
            loss = report.loss();
            listener.onStep(report);
            if (validation.isDue(step, totalSteps)) {
                validate(step, checkpoints, listener);
            }
            boolean due =
                    config.checkpointEverySteps() > 0 && (step % config.checkpointEverySteps() == 0 || hasEnded(step));
            if (due) {
                save(step, loss, before.plus(tokens, secondsSince(began)), checkpoints, listener);
                saved = step;
            }
        }
        if (!hasEnded(step) && step > saved) {
            save(step, loss, before.plus(tokens, secondsSince(began)), checkpoints, listener);
        }
        return result(step, loss, before.plus(tokens, secondsSince(began)), checkpoints);
    }

    private static double secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }

    private void requireNotStarted() {
        if (started) {
            throw new IllegalStateException("this trainer has run");
        }
    }

    /// Frees the run's programs and optimiser. Trained weights live as long as the base, unless
    /// nothing was trained.
    @Override
    public void close() {
        gradients.close();
        adamW.close();
        scoring.close();
        program.close();
        if (!started && lora.isPresent() && base.active().isEmpty()) {
            trained.close();
        }
    }

    private boolean hasEnded(int step) {
        return step == totalSteps || validation.isExhausted();
    }

    private Checkpoints.Position resume(Checkpoints checkpoints, TrainingListener listener) {
        Optional<Checkpoints.Restored> found = checkpoints.restore(trained, adamW, listener::onCheckpointRefused);
        found.ifPresent(restored -> {
            base.roundMaster();
            validation.resumeWith(restored.at().validation());
            listener.onResume(restored.at().step(), restored.dir());
        });
        return found.map(Checkpoints.Restored::at).orElse(Checkpoints.Position.START);
    }

    private void validate(int step, Checkpoints checkpoints, TrainingListener listener) {
        ValidationReport report = validation.evaluate(step, scorer);
        if (report.best() && validation.keepsBest()) {
            checkpoints.saveBest(trained);
        }
        listener.onValidation(report);
    }

    private void save(int step, double loss, Spent spent, Checkpoints checkpoints, TrainingListener listener) {
        Checkpoints.Position at = new Checkpoints.Position(step, loss, spent, validation.bestSoFar());
        listener.onCheckpoint(step, checkpoints.save(at, trained, adamW));
    }

    private TrainResult result(int step, double loss, Spent spent, Checkpoints checkpoints) {
        TrainResult.Outcome outcome = step == totalSteps
                ? TrainResult.Outcome.FINISHED
                : validation.isExhausted() ? TrainResult.Outcome.STOPPED_EARLY : TrainResult.Outcome.INTERRUPTED;
        int best = validation.bestSoFar().bestStep();
        boolean takesBest = outcome != TrainResult.Outcome.INTERRUPTED && validation.keepsBest() && best != step;
        if (takesBest) {
            checkpoints.readBest(trained);
            base.roundMaster();
        }
        return new TrainResult(
                base, lora, trained, loss, step, spent, outcome, validation.bestSoFar(), takesBest ? best : step);
    }

    /// Returns the threads of the run. Dropout and noise draw from libtorch's only generator, so
    /// their numbers repeat only when micro-batches run one by one.
    private ComputeThreads threads() {
        return draws() ? base.threads().oneByOne() : base.threads();
    }

    private Batch.Layout layout() {
        if (config.packing()) {
            return Batch.Layout.PACKED;
        }
        return draws() ? Batch.Layout.APART : Batch.Layout.SHARED;
    }

    private KeptActivations keptActivations() {
        int longest = rows.stream().mapToInt(TokenizedRow::readTokens).max().orElse(0);
        return KeptActivations.of(base.config(), longest, config.recompute());
    }

    private boolean draws() {
        return lora.map(LoraShape::dropout).orElse(0.0) > 0 || config.neftuneAlpha() > 0;
    }

    /// Value that older checkpoints do not have. Theirs has another name and was computed in
    /// another way.
    private static final String TEMPLATE_CONTRACT = "template contract";

    /// Returns the values that a checkpoint must have been made with to be continued by this run.
    private Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>(config.identity());
        identity.put("dataset", dataIdentity);
        identity.put("precision", base.precision().name());
        identity.put(TEMPLATE_CONTRACT, base.templateDigest());
        identity.put("base", Digests.ofParameters(base.weights()));
        lora.ifPresent(shape -> identity.put("initialAdapter", Digests.ofParameters(trained)));
        return identity;
    }

    /// Does one optimiser step. All memory of the step belongs to one manager and is freed at the
    /// step's end.
    private StepReport step(int step, double lr) {
        long began = System.nanoTime();
        List<TokenizedRow> rows = batches.rowsOf(step);
        TorchRuntime.seed(Seeds.at(config.seed(), step));
        try (PtNDManager manager = base.manager().newSubManager(base.manager().getDevice())) {
            StepGradients.Sum sum = gradients.of(manager, rows);
            double loss = sum.nll() / sum.supervisedTokens();
            requireNumber(step, "the loss", loss);
            double norm = adamW.update(
                    manager, sum.gradients(), sum.supervisedTokens(), config.maxGradNorm(), lr, config.weightDecay());
            requireNumber(step, "the gradient's norm", norm);
            base.roundMaster();
            double seconds = (System.nanoTime() - began) / 1e9;
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

    private static void requireNumber(int step, String what, double value) {
        if (!Double.isFinite(value)) {
            throw new DivergedException(step + 1, what, value);
        }
    }
}
