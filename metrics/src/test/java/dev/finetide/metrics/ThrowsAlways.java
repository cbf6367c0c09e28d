package dev.finetide.metrics;

/// A metric of a user that has a bug.
public final class ThrowsAlways implements Metric {
    @Override
    public String name() {
        return "throws_always";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MEAN;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return false;
    }

    @Override
    public double[] measure(Answered row) {
        throw new IllegalStateException("not today");
    }
}
