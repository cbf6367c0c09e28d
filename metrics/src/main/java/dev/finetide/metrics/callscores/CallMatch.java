package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.calls.CallMatching;
import dev.finetide.metrics.calls.TextRule;

/// Whether the answer makes the expected calls, all of them and no other, with the same arguments.
public final class CallMatch implements CallScore {
    @Override
    public String name() {
        return "call_match";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public double[] measure(Answered row) {
        return CallScore.compared(row, TextRule.EXACT, CallMatching::whole);
    }
}
