package dev.finetide.worker.evaluate;

import dev.finetide.sft.CausalLm;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.text.TokenizedRow;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// Measures how well a model predicts rows that are all text. There is no question, and nothing is written.
final class Predicting implements Asking {
    private final CausalLm lm;

    Predicting(CausalLm lm) {
        this.lm = lm;
    }

    @Override
    public List<Reply> ask(List<PromptedRow> rows) {
        List<TokenizedRow> texts =
                rows.stream().map(row -> row.examined().tokens()).toList();
        long started = System.nanoTime();
        List<RowScore> scores = new Scorer(lm).score(texts);
        double seconds = (System.nanoTime() - started) / 1e9;
        return IntStream.range(0, rows.size())
                .mapToObj(i -> reply(texts.get(i), scores.get(i), seconds, seconds / rows.size()))
                .toList();
    }

    private static Reply reply(TokenizedRow text, RowScore score, double seconds, double computeSeconds) {
        return new Reply(
                "",
                OptionalDouble.empty(),
                OptionalDouble.of(score.nll()),
                score.supervisedTokens(),
                text.readTokens(),
                0,
                0,
                seconds,
                computeSeconds,
                false);
    }

    @Override
    public String describe() {
        return " Nothing is answered: the loss of the texts is measured.";
    }
}
