package dev.finetide.sft;

import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Scores given answers to prompts, such as the labels of a classification, with the adapter that is switched on, if
/// any. Nothing is generated.
public final class ChoiceScorer {
    private final Scorer scorer;

    public ChoiceScorer(CausalLm lm) {
        this.scorer = new Scorer(lm);
    }

    /// Returns the log-probability of each choice after each prompt, in nats: one array a prompt, in the order of the
    /// choices. A choice ends with its last token; an end token counts if the caller appends it.
    ///
    /// @param prompts token ids of each prompt
    /// @param choices token ids of each choice
    public List<double[]> logProbabilities(List<int[]> prompts, List<int[]> choices) {
        List<double[]> scores = new ArrayList<>();
        for (int[] prompt : prompts) {
            List<TokenizedRow> rows =
                    choices.stream().map(choice -> row(prompt, choice)).toList();
            scores.add(scorer.score(rows).stream()
                    .mapToDouble(score -> -score.nll())
                    .toArray());
        }
        return scores;
    }

    private static TokenizedRow row(int[] prompt, int[] choice) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + choice.length);
        System.arraycopy(choice, 0, ids, prompt.length, choice.length);
        boolean[] supervised = new boolean[ids.length];
        Arrays.fill(supervised, prompt.length, ids.length, true);
        return new TokenizedRow(ids, supervised);
    }
}
