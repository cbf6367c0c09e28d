package dev.finetide.cli.eval;

import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Says what was paid for an evaluation that has ended without a report, which would say it.
final class PaidText {
    private static final double SMALL = 0.1;

    private PaidText() {}

    /// Returns a sentence; empty if the evaluation goes on, has a report, or was not paid for.
    static Optional<String> of(Services services, Evaluation evaluation) {
        if (evaluation.hasReport() || !EvaluationUpdates.hasEnded(evaluation)) {
            return Optional.empty();
        }
        List<Double> prices = new ArrayList<>();
        EvaluationUpdates.read(services, evaluation, update -> {
            ExampleResult result = update.getResult();
            JudgeReply reply = update.getJudgeReply();
            if (result.getPrice() + reply.getPrice() > 0) {
                prices.add(result.getPrice() + reply.getPrice());
            }
        });
        double paid = prices.stream().mapToDouble(Double::doubleValue).sum();
        return prices.isEmpty()
                ? Optional.empty()
                : Optional.of("Paid all the same: " + money(paid) + " for " + Formats.count(prices.size())
                        + " answers of endpoints.");
    }

    /// Writes an amount of money with the digits that count.
    static String money(double amount) {
        return String.format(Locale.ROOT, amount < SMALL ? "%.4f" : "%,.2f", amount);
    }
}
