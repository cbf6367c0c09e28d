package dev.finetide.sft.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.ComputeThreads;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.LengthGroups;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The gradient of one optimiser step: the sum over its micro-batches, always added in the same order.
public final class StepGradients implements AutoCloseable {
    /// Tokens of a micro-batch of a wide model, for which more tokens only take more memory.
    private static final int WIDE_TOKENS = 1024;

    /// Tokens of a micro-batch of a narrow model, which gains from more tokens at once.
    private static final int NARROW_TOKENS = 4096;

    private final DecoderProgram program;
    private final TorchProgram sums;
    private final ComputeThreads threads;
    private final List<NDArray> parameters;
    private final int microBatchTokens;
    private final Batch.Layout layout;
    private final double attention;

    /// Returns the number of tokens computed at once that suits a model's width.
    public static int suitableTokens(ModelConfig model) {
        return model.isWide() ? WIDE_TOKENS : NARROW_TOKENS;
    }

    /// Makes the gradients of one model's steps.
    ///
    /// @param microBatchTokens tokens computed at once, 0 for what suits the width
    /// @param layout layout of a micro-batch's rows
    public StepGradients(
            PtNDManager manager,
            ModelConfig model,
            DecoderProgram program,
            ComputeThreads threads,
            List<NDArray> parameters,
            int microBatchTokens,
            Batch.Layout layout) {
        this.program = program;
        this.sums = new TorchProgram(manager, TorchSource.read(StepGradients.class, "step_gradients.py", Map.of()));
        this.threads = threads;
        this.parameters = parameters;
        this.microBatchTokens = microBatchTokens > 0 ? microBatchTokens : suitableTokens(model);
        this.layout = layout;
        // A score takes as long as two products with about 8 more channels than a head has, because of its
        // softmax and of reading it.
        this.attention = (1 + 8.0 / model.headSize()) / (6.0 * model.hidden());
    }

    /// The sum over a step's micro-batches.
    ///
    /// @param nll sum of the supervised tokens' negative log-likelihoods
    /// @param gradients gradients of `nll`, for every trained tensor
    public record Sum(double nll, long supervisedTokens, long tokens, List<NDArray> gradients) {}

    /// Computes the gradient of one step.
    ///
    /// @param manager owns the gradients
    public Sum of(PtNDManager manager, List<TokenizedRow> rows) {
        long supervised =
                rows.stream().mapToLong(TokenizedRow::supervisedTokens).sum();
        long tokens = rows.stream().mapToLong(TokenizedRow::length).sum();
        List<Callable<NDList>> tasks = new ArrayList<>();
        for (List<TokenizedRow> part : microBatches(rows)) {
            tasks.add(() -> gradients(manager, part));
        }
        List<NDArray> sum = new ArrayList<>();
        double[] nll = {0};
        threads.run(tasks, result -> {
            nll[0] += result.head().getFloat();
            List<NDArray> gradients = result.subList(1, result.size());
            if (sum.isEmpty()) {
                sum.addAll(gradients);
            } else {
                sums.call(manager, "add", sum, gradients);
                gradients.forEach(NDArray::close);
            }
        });
        return new Sum(nll[0], supervised, tokens, sum);
    }

    /// Cuts the rows into micro-batches, enough of them to keep all threads busy. The step's loss does not
    /// depend on the cut.
    private List<List<TokenizedRow>> microBatches(List<TokenizedRow> rows) {
        int[] lengths = rows.stream().mapToInt(TokenizedRow::readTokens).toArray();
        int shared = layout == Batch.Layout.SHARED ? TokenizedRow.sharedBeginning(rows) : 0;
        List<List<Integer>> microBatches = layout == Batch.Layout.PACKED
                ? packed(lengths)
                : LengthGroups.microBatches(lengths, shared, threads.count(), microBatchTokens, attention);
        return microBatches.stream()
                .map(part -> part.stream().map(rows::get).toList())
                .toList();
    }

    /// Packs rows into as few long rows as the limit allows, the same number for every thread, all of about the
    /// same length.
    private List<List<Integer>> packed(int[] lengths) {
        long tokens = Arrays.stream(lengths).asLongStream().sum();
        long wanted = threads.count() * Math.ceilDiv(tokens, (long) threads.count() * microBatchTokens);
        int limit = (int) Math.min(microBatchTokens, Math.ceilDiv(tokens, wanted));
        List<List<Integer>> groups = LengthGroups.packed(lengths, limit);
        while (groups.size() > wanted && limit < microBatchTokens) {
            limit = Math.min(microBatchTokens, limit + limit / 32 + 1);
            groups = LengthGroups.packed(lengths, limit);
        }
        return groups;
    }

    /// Computes a few blocks of every shape that the micro-batches of these steps have. The memory that oneDNN
    /// keeps for each shape is then allocated one after the other. If it were allocated between the tensors of a
    /// micro-batch, it would stay where those of the next have to fit in, and resident memory would grow with
    /// every new shape.
    public void warmUp(PtNDManager owner, Stream<List<TokenizedRow>> steps) {
        Set<Object> met = new HashSet<>();
        List<Callable<NDList>> tasks = new ArrayList<>();
        try (PtNDManager manager = owner.newSubManager(owner.getDevice())) {
            steps.flatMap(step -> microBatches(step).stream())
                    .filter(part -> met.addAll(shapes(owner, part)))
                    .forEach(part -> tasks.add(() -> compute(manager, part, program::warmUp)));
            threads.run(tasks, NDList::close);
        }
    }

    private Set<Object> shapes(PtNDManager owner, List<TokenizedRow> rows) {
        try (PtNDManager manager = owner.newSubManager(owner.getDevice())) {
            return program.shapes(Batch.of(manager, rows, layout, program.precision()));
        }
    }

    /// Computes the heaviest micro-batches that rows can make, and drops the results. A run that does not fit
    /// into memory then fails at once and not hours later.
    public void probe(PtNDManager owner, List<TokenizedRow> rows, int batchSize) {
        for (List<TokenizedRow> step : heaviest(rows, batchSize, microBatchTokens, layout)) {
            try (PtNDManager manager = owner.newSubManager(owner.getDevice())) {
                List<Callable<NDList>> tasks = new ArrayList<>();
                microBatches(step).stream()
                        .limit(threads.count())
                        .forEach(part -> tasks.add(() -> gradients(manager, part)));
                threads.run(tasks, NDList::close);
            }
        }
    }

    /// Returns the steps with the heaviest micro-batches: the longest rows, and other rows that begin alike, if
    /// they make a heavier micro-batch. Shared tokens come in addition to the limit on the tokens of the rows
    /// themselves.
    static List<List<TokenizedRow>> heaviest(
            List<TokenizedRow> rows, int batchSize, int microBatchTokens, Batch.Layout layout) {
        List<TokenizedRow> longest = rows.stream()
                .sorted(Comparator.comparingInt(TokenizedRow::readTokens).reversed())
                .limit(batchSize)
                .toList();
        if (layout != Batch.Layout.SHARED) {
            return List.of(longest);
        }
        List<TokenizedRow> sorted = rows.stream()
                .sorted(Comparator.comparing(TokenizedRow::ids, Arrays::compare))
                .toList();
        List<TokenizedRow> alike = IntStream.rangeClosed(0, sorted.size() - longest.size())
                .mapToObj(i -> sorted.subList(i, i + longest.size()))
                // Rows are sorted, so all of them share what the first and the last share.
                .max(Comparator.comparingLong(
                        step -> weight(step, List.of(step.getFirst(), step.getLast()), microBatchTokens)))
                .orElseThrow();
        return weight(alike, alike, microBatchTokens) > weight(longest, longest, microBatchTokens)
                ? List.of(longest, alike)
                : List.of(longest);
    }

    /// Returns the tokens that a micro-batch of a step has at most.
    ///
    /// @param sharing rows of the step that have no more in common than all of its rows
    private static long weight(List<TokenizedRow> step, List<TokenizedRow> sharing, int microBatchTokens) {
        int shared = TokenizedRow.sharedBeginning(sharing);
        long own = step.stream().mapToLong(row -> row.readTokens() - shared).sum();
        long longest = step.stream().mapToLong(TokenizedRow::readTokens).max().orElse(0);
        return Math.max(longest, shared + Math.min(microBatchTokens, own));
    }

    private NDList gradients(PtNDManager owner, List<TokenizedRow> rows) {
        return compute(owner, rows, program::gradients);
    }

    private interface Gradients {
        NDList of(PtNDManager manager, Batch batch, List<NDArray> parameters);
    }

    private NDList compute(PtNDManager owner, List<TokenizedRow> rows, Gradients gradients) {
        try (PtNDManager manager = owner.newSubManager(owner.getDevice())) {
            return gradients.of(owner, Batch.of(manager, rows, layout, program.precision()), parameters);
        }
    }

    @Override
    public void close() {
        sums.close();
    }
}
