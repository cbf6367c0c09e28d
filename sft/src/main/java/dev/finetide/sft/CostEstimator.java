package dev.finetide.sft;

import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.model.WeightMemory;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.Batches;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Estimates the time and memory of a run before it starts, from a few timed steps, an evaluation and a checkpoint.
/// The run's heaviest step, which shows the peak memory, has been computed before.
final class CostEstimator {
    /// Seconds of unmeasured steps, one at least, during which the caches of the processor and the JVM fill.
    private static final double WARM_SECONDS = 1;

    /// Seconds of measured steps. A shared processor may be slower by a half for a second, so several seconds are
    /// needed.
    private static final double MEASURED_SECONDS = 5;

    private static final int MEASURED_STEPS = 3;

    /// Largest fraction of the run that is measured, unless a single step takes longer.
    private static final double MOST_OF_THE_RUN = 0.1;

    /// Tokens of the timed evaluation: two batches of a [Scorer], so that both threads of a small machine have work,
    /// as with all rows.
    private static final int SCORED_TOKENS = 2 * Scorer.BATCH_TOKENS;

    private final IntFunction<StepReport> timedStep;
    private final Scorer scorer;
    private final Runnable checkpoint;
    private final int totalSteps;
    private final double warmSeconds;

    /// @param timedStep function that does a step, counted from 0, without learning
    /// @param checkpoint action that writes a checkpoint and deletes it
    /// @param warmSeconds seconds of computing before the estimate
    CostEstimator(
            IntFunction<StepReport> timedStep, Scorer scorer, Runnable checkpoint, int totalSteps, double warmSeconds) {
        this.timedStep = timedStep;
        this.scorer = scorer;
        this.checkpoint = checkpoint;
        this.totalSteps = totalSteps;
        this.warmSeconds = warmSeconds;
    }

    TrainingEstimate estimate(
            CausalLm base,
            Parameters trained,
            List<TokenizedRow> rows,
            List<TokenizedRow> heldOut,
            SftConfig config,
            long residentBefore) {
        Batches batches = new Batches(rows, config.batchSize(), config.seed());
        long tokens = totalTokens(batches, rows);
        double secondsPerToken = secondsPerToken(tokens);
        double seconds = secondsPerToken * tokens
                + evaluations(config, batches.stepsPerEpoch()) * secondsPerEvaluation(heldOut)
                + checkpointSeconds(config.checkpointEverySteps());
        long adapter = config.lora().isPresent() ? trained.elements() : 0;
        long optimiserBytes = 3L * Float.BYTES * trained.elements();
        return new TrainingEstimate(
                seconds,
                peakBytes(),
                totalSteps,
                tokens,
                base.parameterCount() + adapter,
                trained.elements(),
                weightBytes(base, config) + Float.BYTES * adapter,
                optimiserBytes,
                Math.max(0, TorchRuntime.peakResidentBytes() - residentBefore - optimiserBytes));
    }

    /// Returns the peak resident memory of a run in bytes. The run's heaviest step must have been computed.
    static long peakBytes() {
        return TorchRuntime.peakResidentBytes() + untouchedNurseryBytes();
    }

    /// Returns the bytes that the JVM will still make resident before its first garbage collection, even if few
    /// objects are alive.
    private static long untouchedNurseryBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().contains("Eden"))
                .mapToLong(pool ->
                        pool.getUsage().getCommitted() - pool.getPeakUsage().getUsed())
                .filter(bytes -> bytes > 0)
                .sum();
    }

    /// Returns the bytes of the base's weights. If the base computes in bf16, weights that learn have an fp32 master
    /// copy, too.
    private static long weightBytes(CausalLm base, SftConfig config) {
        boolean master = config.method() == SftConfig.Method.FULL && base.precision() != Precision.FP32;
        return WeightMemory.bytes(base.config(), base.precision()) + (master ? Float.BYTES * base.parameterCount() : 0);
    }

    private long totalTokens(Batches batches, List<TokenizedRow> rows) {
        long epochs = totalSteps / batches.stepsPerEpoch();
        long whole = epochs * rows.stream().mapToLong(TokenizedRow::length).sum();
        return whole
                + IntStream.range((int) epochs * batches.stepsPerEpoch(), totalSteps)
                        .mapToLong(step -> batches.rowsOf(step).stream()
                                .mapToLong(TokenizedRow::length)
                                .sum())
                        .sum();
    }

    /// Measures the seconds per token. Rows are in random order, so any steps are a sample of all.
    private double secondsPerToken(long tokens) {
        double warm = warmSeconds;
        int next = 0;
        do {
            warm += seconds(timedStep.apply(next++));
        } while (warm < WARM_SECONDS && next < totalSteps);
        double measured = 0;
        long read = 0;
        int steps = 0;
        do {
            StepReport report = timedStep.apply(next++ % totalSteps);
            measured += seconds(report);
            read += report.tokens();
            steps++;
        } while (read < MOST_OF_THE_RUN * tokens && (measured < MEASURED_SECONDS || steps < MEASURED_STEPS));
        return measured / read;
    }

    private static double seconds(StepReport report) {
        return report.tokens() / report.tokensPerSecond();
    }

    private int evaluations(SftConfig config, int stepsPerEpoch) {
        int every = config.validation().everySteps() == 0
                ? stepsPerEpoch
                : config.validation().everySteps();
        return Math.ceilDiv(totalSteps, every);
    }

    private double secondsPerEvaluation(List<TokenizedRow> heldOut) {
        List<TokenizedRow> some = new ArrayList<>();
        long scored = 0;
        for (int row = 0; row < heldOut.size() && scored < SCORED_TOKENS; row++) {
            some.add(heldOut.get(row));
            scored += heldOut.get(row).length();
        }
        if (some.isEmpty()) {
            return 0;
        }
        scorer.score(some);
        return seconds(() -> scorer.score(some))
                * heldOut.stream().mapToLong(TokenizedRow::length).sum()
                / scored;
    }

    private double checkpointSeconds(int everySteps) {
        return everySteps == 0 ? 0 : Math.ceilDiv(totalSteps, everySteps) * seconds(checkpoint);
    }

    private static double seconds(Runnable work) {
        long began = System.nanoTime();
        work.run();
        return (System.nanoTime() - began) / 1e9;
    }
}
