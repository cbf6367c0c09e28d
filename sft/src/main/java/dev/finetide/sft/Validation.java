package dev.finetide.sft;

import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.train.BestSoFar;
import java.util.List;

/// The validation of a run: when the held-out rows are scored, and what follows from the scores.
final class Validation {
    private final List<TokenizedRow> rows;
    private final ValidationConfig config;
    private final int everySteps;
    private BestSoFar bestSoFar = BestSoFar.NONE;

    Validation(List<TokenizedRow> rows, ValidationConfig config, int stepsPerEpoch) {
        this.rows = rows;
        this.config = config;
        this.everySteps = config.everySteps() == 0 ? stepsPerEpoch : config.everySteps();
    }

    boolean isDue(int step, int totalSteps) {
        return !rows.isEmpty() && (step % everySteps == 0 || step == totalSteps);
    }

    ValidationReport evaluate(int step, Scorer scorer) {
        long started = System.nanoTime();
        double nll = 0;
        long tokens = 0;
        long correct = 0;
        for (RowScore score : scorer.score(rows)) {
            nll += score.nll();
            tokens += score.supervisedTokens();
            correct += score.correctTokens();
        }
        double loss = nll / tokens;
        if (!Double.isFinite(loss)) {
            throw new DivergedException(step, "the validation loss", loss);
        }
        double accuracy = (double) correct / tokens;
        bestSoFar = bestSoFar.after(step, loss, accuracy, config.minDelta());
        return new ValidationReport(
                step,
                loss,
                accuracy,
                tokens,
                bestSoFar.bestStep() == step,
                bestSoFar.bestLoss(),
                bestSoFar.bestStep(),
                (System.nanoTime() - started) / 1e9);
    }

    /// Whether the run ends because it has waited long enough for a gain.
    boolean isExhausted() {
        return config.patience() > 0 && bestSoFar.withoutGain() >= config.patience();
    }

    /// Whether the run ends with the best weights, so that they must be kept.
    boolean keepsBest() {
        return !rows.isEmpty() && config.result() == ValidationConfig.Result.BEST;
    }

    BestSoFar bestSoFar() {
        return bestSoFar;
    }

    void resumeWith(BestSoFar earlier) {
        bestSoFar = earlier;
    }
}
