package dev.finetide.sft.train;

import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// The rows of each optimiser step: a shuffle per epoch that depends on seed and epoch only, cut into batches.
/// The last batch of an epoch holds what is left. So the step number alone is the position in the data.
public final class Batches {
    private final List<TokenizedRow> rows;
    private final int batchSize;
    private final long seed;
    private int shuffledEpoch = -1;
    private int[] order = {};

    public Batches(List<TokenizedRow> rows, int batchSize, long seed) {
        this.rows = rows;
        this.batchSize = batchSize;
        this.seed = seed;
    }

    public int stepsPerEpoch() {
        return Math.ceilDiv(rows.size(), batchSize);
    }

    /// Returns the rows of a step; steps are counted from 0 over all epochs.
    public List<TokenizedRow> rowsOf(int step) {
        shuffle(step / stepsPerEpoch());
        int first = step % stepsPerEpoch() * batchSize;
        List<TokenizedRow> batch = new ArrayList<>();
        for (int i = first; i < Math.min(rows.size(), first + batchSize); i++) {
            batch.add(rows.get(order[i]));
        }
        return batch;
    }

    private void shuffle(int epoch) {
        if (epoch == shuffledEpoch) {
            return;
        }
        SplittableRandom random = new SplittableRandom(Seeds.at(seed, epoch));
        int[] shuffled = new int[rows.size()];
        for (int i = 0; i < shuffled.length; i++) {
            int j = random.nextInt(i + 1);
            shuffled[i] = shuffled[j];
            shuffled[j] = i;
        }
        order = shuffled;
        shuffledEpoch = epoch;
    }
}
