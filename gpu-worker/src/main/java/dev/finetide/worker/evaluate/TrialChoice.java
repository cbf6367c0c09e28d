package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.PromptingTrial;
import dev.finetide.sft.text.RowRefused;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Chooses among the promptings of an arm: the one with the best primary metric on the trial's rows, of
/// equals the first one. The evaluation's rows have no part in the choice.
final class TrialChoice {
    private final EvaluationData data;
    private final TrialRows trial;
    private final EvaluationListener listener;
    private String refusal = "";

    /// @param listener listener that is told about every prompting; when it asks to stop, the choice
    ///     means nothing
    TrialChoice(EvaluationData data, TrialRows trial, EvaluationListener listener) {
        this.data = data;
        this.trial = trial;
        this.listener = listener;
    }

    /// Tries all promptings on the rows that all of them can ask.
    ///
    /// @param promptings two or more promptings with nothing left unspecified
    /// @return the choice and the scores; a prompting that can ask fewer than half of the rows has no
    ///     number as its score
    /// @throws IllegalArgumentException when no prompting can ask the rows
    ArmPreparation.Builder choose(Arm arm, AskedModel model, List<Prompting> promptings) {
        ArmPreparation.Builder preparation = ArmPreparation.newBuilder();
        if (trial.rows().isEmpty()) {
            return preparation.setPrompting(promptings.getFirst());
        }
        List<Candidate> candidates = promptings.stream()
                .map(prompting -> candidate(new ArmQuestions(
                        arm,
                        model,
                        prompting,
                        trial.pool(),
                        data,
                        data.measuring().decidesByLoss())))
                .toList();
        Set<Integer> rows = commonRows(candidates);
        int chosen = -1;
        double best = Double.NaN;
        for (int i = 0; i < promptings.size(); i++) {
            double score = candidates.get(i).canAsk() ? score(candidates.get(i), rows) : Double.NaN;
            String description = PromptingTexts.describe(promptings, i);
            listener.onTried(arm.getName(), description, score, rows.size());
            preparation.addTrials(
                    PromptingTrial.newBuilder().setDescription(description).setScore(score));
            if (candidates.get(i).canAsk() && (chosen < 0 || isBetter(score, best))) {
                chosen = i;
                best = score;
            }
        }
        return preparation
                .setTrialRows(rows.size())
                .setTrialSource(trial.source())
                .setChosen(chosen)
                .setPrompting(promptings.get(chosen));
    }

    /// A prompting with the rows of the trial that it can ask, by index.
    private record Candidate(ArmQuestions questions, Map<Integer, PromptedRow> rows, boolean canAsk) {}

    private Candidate candidate(ArmQuestions questions) {
        Map<Integer, PromptedRow> rows = new LinkedHashMap<>();
        for (int i = 0; i < trial.rows().size(); i++) {
            try {
                rows.put(i, questions.prompt(i, trial.rows().get(i), 0));
            } catch (RowRefused refused) {
                refusal = refused.getMessage();
            }
        }
        try {
            questions.requireRoom(rows.values());
        } catch (IllegalArgumentException noRoom) {
            refusal = noRoom.getMessage();
            rows.clear();
        }
        return new Candidate(questions, rows, rows.size() * 2 > trial.rows().size());
    }

    private Set<Integer> commonRows(List<Candidate> candidates) {
        List<Candidate> able = candidates.stream().filter(Candidate::canAsk).toList();
        Set<Integer> common = new TreeSet<>();
        able.forEach(candidate -> common.addAll(candidate.rows().keySet()));
        able.forEach(candidate -> common.retainAll(candidate.rows().keySet()));
        if (able.isEmpty()) {
            throw new IllegalArgumentException(
                    "no prompting of this arm can ask the rows that promptings are tried on (" + trial.source() + "): "
                            + refusal);
        }
        return common;
    }

    private boolean isBetter(double score, double best) {
        if (Double.isNaN(best) || Double.isNaN(score)) {
            return !Double.isNaN(score);
        }
        return data.measuring().primary().higherIsBetter() ? score > best : score < best;
    }

    private double score(Candidate candidate, Set<Integer> rows) {
        List<PromptedRow> asked = rows.stream().map(candidate.rows()::get).toList();
        List<ExampleResult> results = RowGroups.of(asked, data.maxNewTokens()).stream()
                .takeWhile(group -> !listener.stopRequested())
                .flatMap(group -> candidate.questions().ask(group).stream())
                .map(ExampleResult.Builder::build)
                .toList();
        return new RowMeasures(data.measuring()).primary(results);
    }
}
