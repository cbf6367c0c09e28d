package dev.finetide.jinja;

/// Steps that several renderings share, such as all renderings of one row. Not safe for use by several threads.
public final class Allowance {
    private long left;

    /// @param steps steps of all renderings together, as [Limits#steps] counts them
    public Allowance(long steps) {
        this.left = steps;
    }

    /// Returns the steps that no rendering has used yet.
    public long left() {
        return left;
    }

    void use(long steps) {
        left = Math.max(0, left - steps);
    }
}
