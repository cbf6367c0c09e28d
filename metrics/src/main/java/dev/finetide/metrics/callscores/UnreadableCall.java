package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
/// Whether the answer tries to call something in a form that cannot be read.

public final class UnreadableCall implements CallScore {
    @Override
    public String name() {
        return "unreadable_call";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean higherIsBetter() {
        return false;
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {CallScore.reply(row).problems().isEmpty() ? 0 : 1};
    }
}
