package dev.finetide.sft.jinja;

import java.util.List;

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

    /// Long values cost more steps, so that a template cannot copy or search them without end.
    void read(Object value) {
        switch (value) {
            case String text -> steps += text.length() >>> 8;
            case List<?> list -> steps += list.size() >>> 8;
            case null, default -> {}
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
