package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.calls.CallMatching;
import dev.finetide.metrics.calls.TextRule;

/// F1 of the names of the called functions, whatever their arguments.
public final class CallName implements CallScore {
    @Override
    public String name() {
        return "call_name";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MEAN;
    }

    @Override
    public double[] measure(Answered row) {
        return CallScore.compared(row, TextRule.EXACT, CallMatching::names);
    }
}
