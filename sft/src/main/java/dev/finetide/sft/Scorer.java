package dev.finetide.sft;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.model.Batch;
import dev.finetide.sft.model.DecoderProgram;
import dev.finetide.sft.model.Lanes;
import dev.finetide.sft.model.LengthGroups;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/// Scores given texts: the loss of their supervised tokens, with the adapter that is switched on or
/// without.
public final class Scorer {
    private static final int BATCH_TOKENS = 8192;

    private final CausalLm lm;
    private final DecoderProgram program;
    private final List<NDArray> parameters;

    public Scorer(CausalLm lm) {
        this(lm, lm.program(), lm.parameters());
    }

    /// Scores with other weights than those that are switched on: the ones in training.
    Scorer(CausalLm lm, DecoderProgram program, List<NDArray> parameters) {
        this.lm = lm;
        this.program = program;
        this.parameters = parameters;
    }

    /// The scores in the order of the rows.
    public List<RowScore> score(List<TokenizedRow> rows) {
        RowScore[] scores = new RowScore[rows.size()];
        int[] lengths = rows.stream().mapToInt(TokenizedRow::length).toArray();
        List<Callable<Void>> tasks = new ArrayList<>();
        for (List<Integer> group : LengthGroups.of(lengths, BATCH_TOKENS)) {
            tasks.add(() -> {
                score(rows, group, scores);
                return null;
            });
        }
        try (Lanes lanes = new Lanes(lm.config(), lm.options().threads())) {
            lanes.run(tasks, done -> {});
        }
        return Arrays.asList(scores);
    }

    private void score(List<TokenizedRow> rows, List<Integer> group, RowScore[] scores) {
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            Batch batch = Batch.of(manager, group.stream().map(rows::get).toList());
            NDList result = program.score(manager, batch, parameters);
            float[] nll = result.get(0).toFloatArray();
            float[] hits = result.get(1).toFloatArray();
            int n = 0;
            for (int i : group) {
                double sum = 0;
                int correct = 0;
                int end = n + rows.get(i).supervisedTokens();
                for (; n < end; n++) {
                    sum += nll[n];
                    correct += (int) hits[n];
                }
                scores[i] = new RowScore(sum, rows.get(i).supervisedTokens(), correct);
            }
        }
    }
}
