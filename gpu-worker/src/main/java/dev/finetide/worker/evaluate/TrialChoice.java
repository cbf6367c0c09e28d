package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.PromptingTrial;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// Chooses among the promptings of an arm: the one with the best primary metric on the trial's rows, of
/// equals the first one. The evaluation's rows have no part in the choice.
final class TrialChoice {
    private final EvaluationData data;
    private final TrialRows trial;
    private final BooleanSupplier stop;

    /// @param stop whether the choice is to be given up, which then means nothing
    TrialChoice(EvaluationData data, TrialRows trial, BooleanSupplier stop) {
        this.data = data;
        this.trial = trial;
        this.stop = stop;
    }

    /// Tries all promptings.
    ///
    /// @param promptings two or more promptings with nothing left unspecified
    /// @return the choice and the scores; a prompting that cannot ask the rows has no number as its
    ///     score
    /// @throws IllegalArgumentException when no prompting can ask the rows
    ArmPreparation.Builder choose(Arm arm, AskedModel model, List<Prompting> promptings) {
        ArmPreparation.Builder preparation = ArmPreparation.newBuilder();
        if (trial.rows().isEmpty()) {
            return preparation.setPrompting(promptings.getFirst());
        }
        preparation.setTrialRows(trial.rows().size()).setTrialSource(trial.source());
        boolean higher = data.measuring().primary().higherIsBetter();
        IllegalArgumentException refusal = null;
        int best = -1;
        double bestScore = Double.NaN;
        for (int i = 0; i < promptings.size() && !stop.getAsBoolean(); i++) {
            double score = Double.NaN;
            try {
                score = score(new ArmQuestions(arm, model, promptings.get(i), trial.pool(), data));
            } catch (IllegalArgumentException cannotAsk) {
                refusal = cannotAsk;
                preparation.addTrials(trial(promptings, i, score));
                continue;
            }
            preparation.addTrials(trial(promptings, i, score));
            if (best < 0
                    || Double.isNaN(bestScore) && !Double.isNaN(score)
                    || (higher ? score > bestScore : score < bestScore)) {
                best = i;
                bestScore = score;
            }
        }
        if (best < 0 && refusal != null) {
            throw refusal;
        }
        int chosen = Math.max(0, best);
        return preparation.setChosen(chosen).setPrompting(promptings.get(chosen));
    }

    private double score(ArmQuestions questions) {
        List<PromptedRow> rows = questions.prompt(
                IntStream.range(0, trial.rows().size()).boxed().toList(),
                trial.rows()::get,
                index -> "row " + index + " of the trial (" + trial.source() + ")",
                0);
        List<ExampleResult> results = RowGroups.of(rows, data.maxNewTokens()).stream()
                .takeWhile(group -> !stop.getAsBoolean())
                .flatMap(group -> questions.ask(group).stream())
                .map(ExampleResult.Builder::build)
                .toList();
        return new RowMeasures(data.measuring()).primary(results);
    }

    private static PromptingTrial trial(List<Prompting> promptings, int index, double score) {
        return PromptingTrial.newBuilder()
                .setDescription(PromptingTexts.describe(promptings, index))
                .setScore(score)
                .build();
    }
}
