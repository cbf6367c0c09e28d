package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.calls.CallMatching;
import dev.finetide.metrics.calls.TextRule;

/// F1 of the arguments of calls, averaged over the calls. A call that is missing, too many, unreadable
/// or of another function counts 0.
public final class CallArguments implements CallScore {
    @Override
    public String name() {
        return "call_arguments";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MEAN;
    }

    @Override
    public double[] measure(Answered row) {
        return CallScore.compared(row, TextRule.EXACT, CallMatching::arguments);
    }
}
