package dev.finetide.metrics.likelihood;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// Mean negative log-probability of a token of the references, in nats.
public final class Loss implements Metric {
    @Override
    public String name() {
        return "loss";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.RATIO;
    }

    @Override
    public boolean higherIsBetter() {
        return false;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return true;
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {row.nll().orElse(Double.NaN), row.tokens()};
    }
}
