package dev.finetide.jinja.value;

import java.util.List;
import java.util.Map;

/// Counts what one rendering uses up against its limits: steps of work, nesting, the length of each value, and the
/// memory of all values together. Code that reads, compares, copies or makes values takes a budget and charges it
/// before the work is done. Work is counted in units: [#STEP] units are one step.
public final class Budget {
    /// Units of one step, which is an evaluated expression, a statement or a turn of a loop.
    public static final int STEP = 256;

    /// Units of a visited item of a list or mapping.
    private static final int ITEM = 16;

    /// Units of a value within a value that an operation follows, such as a comparison of two items.
    private static final int VALUE = 128;

    /// Units of a character that an operation examines. Copying alone costs one unit.
    private static final int CHARACTER = 16;

    /// Memory of a value's own object, in characters of two bytes.
    private static final int OBJECT = 32;

    /// Memory of a number, in characters of two bytes.
    private static final int NUMBER = 8;

    /// Memory of a place in a list, in characters of two bytes.
    private static final int PLACE = 4;

    /// Rendering looks for an interrupt of its thread each time that it has used so many units.
    private static final long LOOK_FOR_INTERRUPT = 1L << 20;

    /// Nesting of values that an operation follows, such as lists in lists.
    private static final int MAX_VALUE_DEPTH = 1_000;

    private final long maxSteps;
    private final int maxDepth;
    private final int maxCharacters;
    private final long maxMade;
    private long left;
    private long lookAt;
    private long made;
    private int depth;
    private int valueDepth;

    /// @param maxSteps evaluated expressions, statements and loop turns
    /// @param maxDepth nesting of expressions, blocks and macro calls
    /// @param maxCharacters length of any text or list
    /// @param maxMade memory of all texts and lists that the rendering makes, in characters
    public Budget(long maxSteps, int maxDepth, int maxCharacters, long maxMade) {
        this.maxSteps = Math.min(maxSteps, Long.MAX_VALUE / (2 * STEP));
        this.maxDepth = maxDepth;
        this.maxCharacters = maxCharacters;
        this.maxMade = maxMade;
        this.left = this.maxSteps * STEP;
        this.lookAt = left - LOOK_FOR_INTERRUPT;
    }

    public void step() {
        charge(STEP);
    }

    /// Charges units of work.
    public void charge(long units) {
        left -= units;
        if (left < lookAt) {
            look();
        }
    }

    private void look() {
        if (left < 0) {
            throw new Fault("rendering takes more than " + maxSteps + " steps");
        }
        lookAt = left - LOOK_FOR_INTERRUPT;
        if (Thread.currentThread().isInterrupted()) {
            throw new Fault("the rendering was interrupted");
        }
    }

    /// Returns the steps that the rendering has used.
    public long used() {
        return maxSteps - Math.max(0, left) / STEP;
    }

    /// Charges the steps of reading a value, such as copying a text.
    public void read(Object value) {
        switch (value) {
            case String text -> charge(text.length());
            case List<?> list -> charge(list.size());
            case null, default -> {}
        }
    }

    /// Charges the steps of an operation that looks once at each character or item of a value.
    public void examine(Object value) {
        switch (value) {
            case String text -> characters(text.length());
            case Markup(String text) -> characters(text.length());
            case List<?> list -> items(list.size());
            case Map<?, ?> map -> items(map.size());
            case View view -> items(view.items().size());
            case null, default -> {}
        }
    }

    /// Charges the steps of an operation on a value with arguments.
    public void examine(Object value, Arguments arguments) {
        examine(value);
        arguments.positional().forEach(this::examine);
        arguments.named().forEach((name, argument) -> {
            characters(name.length());
            examine(argument);
        });
    }

    /// Charges the steps of examining so many characters.
    public void characters(long count) {
        charge(CHARACTER * count);
    }

    /// Charges the steps of visiting so many items.
    public void items(long count) {
        charge(ITEM * count);
    }

    /// Charges a search for a key among the keys of a mapping. Keys whose hashes are equal make a search as long as the
    /// mapping.
    public void search(Object key, int size) {
        examine(key);
        items(1 + size / STEP);
    }

    public void enter() {
        if (++depth > maxDepth) {
            throw new Fault("nesting is deeper than " + maxDepth);
        }
    }

    public void leave() {
        depth--;
    }

    /// Charges a visit to a value within a value, before the values within it are visited.
    public void enterValue() {
        charge(VALUE);
        if (++valueDepth > MAX_VALUE_DEPTH) {
            throw new Fault("values are nested too deep");
        }
    }

    public void leaveValue() {
        valueDepth--;
    }

    /// Refuses a text or list that would be too long, before it is made.
    public void size(long characters) {
        if (characters > maxCharacters) {
            throw new Fault("a value is longer than " + maxCharacters);
        }
    }

    /// Charges the memory of a value that was made.
    ///
    /// @return value
    public <T> T made(T value) {
        switch (value) {
            case null -> {}
            case Boolean _ -> {}
            case Number _ -> make(NUMBER);
            case String text -> {
                size(text.length());
                make(OBJECT + (long) text.length());
            }
            case Markup(String text) -> made(text);
            case List<?> list -> {
                size(list.size());
                make(OBJECT + (long) PLACE * list.size());
            }
            case Map<?, ?> map -> make(OBJECT * (4L + map.size()));
            default -> make(OBJECT);
        }
        return value;
    }

    /// Charges the memory of a list whose items are made with it, before it is made.
    public void objects(long count) {
        size(count);
        make(count * (OBJECT + PLACE));
    }

    /// Charges memory, in characters of two bytes.
    public void make(long characters) {
        charge(characters);
        made += characters;
        if (made > maxMade) {
            throw new Fault("the rendering makes values of more than " + maxMade + " characters");
        }
    }
}
