package dev.finetide.sft;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.LengthGroups;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/// Scores given texts by the loss of their supervised tokens, with the adapter that is switched on, if any.
public final class Scorer {
    static final int BATCH_TOKENS = 8192;

    private final CausalLm lm;
    private final DecoderProgram program;
    private final List<NDArray> parameters;

    public Scorer(CausalLm lm) {
        this(lm, lm.program(), lm.parameters());
    }

    /// Makes a scorer that computes with the weights in training, not with those that are switched on.
    Scorer(CausalLm lm, DecoderProgram program, List<NDArray> parameters) {
        this.lm = lm;
        this.program = program;
        this.parameters = parameters;
    }

    /// Returns the scores in the order of the rows.
    public List<RowScore> score(List<TokenizedRow> rows) {
        RowScore[] scores = new RowScore[rows.size()];
        eachToken(rows, (row, nll, hits) -> scores[row] = RowScore.of(nll, hits));
        return Arrays.asList(scores);
    }

    /// Returns the log-probability of each supervised token, row by row, in nats.
    public List<float[]> logProbabilities(List<TokenizedRow> rows) {
        float[][] scores = new float[rows.size()][];
        eachToken(rows, (row, nll, hits) -> {
            scores[row] = new float[nll.length];
            for (int i = 0; i < nll.length; i++) {
                scores[row][i] = -nll[i];
            }
        });
        return Arrays.asList(scores);
    }

    /// Receives each row's scores once, on one of several threads.
    private interface RowListener {
        /// @param nll negative log-likelihood of each supervised token of the row
        /// @param hits 1 for each supervised token that was the likeliest, otherwise 0
        void onRow(int row, float[] nll, float[] hits);
    }

    private void eachToken(List<TokenizedRow> rows, RowListener listener) {
        int[] lengths = rows.stream().mapToInt(TokenizedRow::readTokens).toArray();
        List<Callable<Void>> tasks = new ArrayList<>();
        for (List<Integer> group : LengthGroups.of(lengths, BATCH_TOKENS)) {
            tasks.add(() -> {
                score(rows, group, listener);
                return null;
            });
        }
        lm.threads().run(tasks, done -> {});
    }

    private void score(List<TokenizedRow> rows, List<Integer> group, RowListener listener) {
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            List<TokenizedRow> scored = group.stream().map(rows::get).toList();
            Batch batch = Batch.of(manager, scored, Batch.Layout.SHARED, program.precision());
            NDList result = program.score(manager, batch, parameters);
            float[] nll = result.get(0).toFloatArray();
            float[] hits = result.get(1).toFloatArray();
            int n = 0;
            for (int i : group) {
                int end = n + rows.get(i).supervisedTokens();
                listener.onRow(i, Arrays.copyOfRange(nll, n, end), Arrays.copyOfRange(hits, n, end));
                n = end;
            }
        }
    }
}
