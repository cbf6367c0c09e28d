package dev.finetide.metrics.likelihood;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;

/// Negative log-probability of a reference in bits, divided by the reference's bytes in UTF-8.
/// Unlike the loss, the number can be compared between bases whose tokens differ.
public final class BitsPerByte implements Metric {
    private static final double NATS_A_BIT = Math.log(2);

    @Override
    public String name() {
        return "bits_per_byte";
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
        return task == Task.TEXT;
    }

    @Override
    public double[] measure(Answered row) {
        OptionalDouble nll = row.nll();
        double bits = nll.isPresent() ? nll.getAsDouble() / NATS_A_BIT : Double.NaN;
        return new double[] {bits, row.expected().getBytes(StandardCharsets.UTF_8).length};
    }
}
