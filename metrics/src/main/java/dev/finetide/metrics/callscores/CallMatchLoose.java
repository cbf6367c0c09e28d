package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallMatching;
import dev.finetide.metrics.calls.TextRule;

/// The same as [CallMatch], but texts are always compared by the rule of the Berkeley leaderboard, which
/// sees neither case nor most marks. It is measured only where somebody asks for it.
public final class CallMatchLoose implements CallScore {
    @Override
    public String name() {
        return "call_match_loose";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return false;
    }

    @Override
    public double[] measure(Answered row) {
        return CallScore.compared(row, TextRule.BERKELEY, CallMatching::whole);
    }
}
