package dev.finetide.metrics.overlap;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// Length of the replies divided by that of the references, both in tokens.
public final class LengthRatio implements Metric {
    @Override
    public String name() {
        return "length_ratio";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.RATIO;
    }

    @Override
    public boolean judges() {
        return false;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return task != Task.TEXT;
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {row.outputTokens(), row.expectedTokens()};
    }
}
