package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import java.util.List;
import java.util.function.BiFunction;

/// The `loop` variable of a `{% for %}`. A template may call the variable of a `recursive` loop, which runs the loop
/// over other items.
public final class Loop implements Callable {
    private final List<Object> items;
    private final int depth;
    private final BiFunction<Object, Integer, String> recurse;
    private final Budget budget;
    private int index;
    private List<Object> lastSeen;

    /// @param depth nesting in a recursive loop, from 0
    /// @param recurse function that renders the loop over other items at a depth, or null for a loop that is not
    ///     recursive
    public Loop(List<Object> items, int depth, BiFunction<Object, Integer, String> recurse, Budget budget) {
        this.budget = budget;
        this.items = items;
        this.depth = depth;
        this.recurse = recurse;
    }

    public void moveTo(int newIndex) {
        index = newIndex;
    }

    public Object get(String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) items.size() - index;
            case "revindex0" -> items.size() - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == items.size() - 1;
            case "length" -> (long) items.size();
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" -> index == 0 ? new Undefined("there is no previous item") : items.get(index - 1);
            case "nextitem" ->
                index == items.size() - 1 ? new Undefined("there is no next item") : items.get(index + 1);
            case "cycle" -> (Callable) this::cycle;
            case "changed" -> (Callable) this::changed;
            default -> Undefined.item(this);
        };
    }

    private Object cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw new Fault("no items for cycling given");
        }
        return arguments.positional().get(index % arguments.positional().size());
    }

    private Object changed(Arguments arguments) {
        boolean changed =
                lastSeen == null || !Operators.equal(Tuple.of(lastSeen), Tuple.of(arguments.positional()), budget);
        lastSeen = arguments.positional();
        return changed;
    }

    @Override
    public Object call(Arguments arguments) {
        if (recurse == null) {
            throw new Fault("the loop must have the 'recursive' marker to be called");
        }
        return recurse.apply(arguments.bind("iterable").get(0), depth + 1);
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }
}
