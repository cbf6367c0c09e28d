package dev.finetide.jinja.value;

import java.util.List;

/// Counts what one rendering uses up against its limits.
public final class Budget {
    private final long maxSteps;
    private final int maxDepth;
    private final int maxCharacters;
    private long steps;
    private int depth;

    /// @param maxSteps evaluated expressions, statements and loop turns
    /// @param maxDepth nesting of expressions, blocks and macro calls
    /// @param maxCharacters length of any text or list
    public Budget(long maxSteps, int maxDepth, int maxCharacters) {
        this.maxSteps = maxSteps;
        this.maxDepth = maxDepth;
        this.maxCharacters = maxCharacters;
    }

    public void step() {
        if (++steps > maxSteps) {
            throw new Fault("rendering takes more than " + maxSteps + " steps");
        }
    }

    /// Charges the steps of reading a value: one for every 256 characters or items, so that a template cannot copy or
    /// search long values without end.
    public void read(Object value) {
        switch (value) {
            case String text -> steps += text.length() >>> 8;
            case List<?> list -> steps += list.size() >>> 8;
            case null, default -> {}
        }
    }

    public void enter() {
        if (++depth > maxDepth) {
            throw new Fault("nesting is deeper than " + maxDepth);
        }
    }

    public void leave() {
        depth--;
    }

    /// Refuses a text or list that would be too long, before it is made.
    public void size(long characters) {
        if (characters > maxCharacters) {
            throw new Fault("a value is longer than " + maxCharacters);
        }
    }
}
