package dev.finetide.sft;

import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.train.Standing;
import java.util.List;

/// The held-out rows of a run: when they are scored, and what follows.
final class Validation {
    private final List<TokenizedRow> rows;
    private final ValidationConfig config;
    private final int everySteps;
    private Standing standing = Standing.NONE;

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
        standing = standing.after(step, loss, accuracy, config.minDelta());
        return new ValidationReport(
                step,
                loss,
                accuracy,
                tokens,
                standing.bestStep() == step,
                standing.bestLoss(),
                standing.bestStep(),
                (System.nanoTime() - started) / 1e9);
    }

    /// Whether the run ends because it has waited long enough for a gain.
    boolean isExhausted() {
        return config.patience() > 0 && standing.withoutGain() >= config.patience();
    }

    /// Whether the run ends with the best weights, so that they must be kept.
    boolean keepsBest() {
        return !rows.isEmpty() && config.result() == ValidationConfig.Result.BEST;
    }

    Standing standing() {
        return standing;
    }

    void resumeWith(Standing earlier) {
        standing = earlier;
    }
}
