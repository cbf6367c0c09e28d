package dev.finetide.sft.jinja;

/// Counts what one rendering uses up against its [Limits].
final class Budget {
    private final Limits limits;
    private long steps;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
    }

    void step() {
        if (++steps > limits.steps()) {
            throw new Fault("rendering takes more than " + limits.steps() + " steps");
        }
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw new Fault("nesting is deeper than " + limits.depth());
        }
    }

    void leave() {
        depth--;
    }

    /// Refuses a text or list before it is made.
    void size(long characters) {
        if (characters > limits.characters()) {
            throw new Fault("a value is longer than " + limits.characters());
        }
    }
}
