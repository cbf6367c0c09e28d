package dev.finetide.sft.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.model.Batch;
import dev.finetide.sft.model.DecoderProgram;
import dev.finetide.sft.model.Lanes;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// The gradient of one optimiser step: the sum over its micro-batches, always added in the same order.
public final class StepGradients {
    private final DecoderProgram program;
    private final AdamW adamW;
    private final Lanes lanes;
    private final List<NDArray> parameters;
    private final int microBatchTokens;

    public StepGradients(
            DecoderProgram program, AdamW adamW, Lanes lanes, List<NDArray> parameters, int microBatchTokens) {
        this.program = program;
        this.adamW = adamW;
        this.lanes = lanes;
        this.parameters = parameters;
        this.microBatchTokens = microBatchTokens;
    }

    /// @param nll sum of the supervised tokens' negative log-likelihoods
    /// @param gradients of `nll`, for every trained tensor
    public record Sum(double nll, long supervisedTokens, long tokens, List<NDArray> gradients) {}

    /// @param manager owns the gradients
    public Sum of(PtNDManager manager, List<TokenizedRow> rows) {
        double nll = 0;
        List<NDArray> sum = null;
        List<List<TokenizedRow>> parts = Batches.cut(rows, lanes.count(), microBatchTokens);
        for (int first = 0; first < parts.size(); first += lanes.count()) {
            List<Callable<NDList>> tasks = new ArrayList<>();
            for (List<TokenizedRow> part : parts.subList(first, Math.min(parts.size(), first + lanes.count()))) {
                tasks.add(() -> gradients(manager, part));
            }
            for (NDList result : lanes.run(tasks)) {
                nll += result.head().getFloat();
                List<NDArray> gradients = result.subList(1, result.size());
                if (sum == null) {
                    sum = new ArrayList<>(gradients);
                } else {
                    adamW.accumulate(manager, sum, gradients);
                    gradients.forEach(NDArray::close);
                }
            }
        }
        long supervised =
                rows.stream().mapToLong(TokenizedRow::supervisedTokens).sum();
        long tokens = rows.stream().mapToLong(TokenizedRow::length).sum();
        return new Sum(nll, supervised, tokens, sum);
    }

    private NDList gradients(PtNDManager owner, List<TokenizedRow> rows) {
        try (PtNDManager manager = owner.newSubManager(owner.getDevice())) {
            NDList result = program.gradients(Batch.of(manager, rows), parameters);
            result.attach(owner);
            return result;
        }
    }
}
