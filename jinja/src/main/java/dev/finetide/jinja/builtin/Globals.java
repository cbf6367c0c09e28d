package dev.finetide.jinja.builtin;

import dev.finetide.jinja.python.Keys;
import dev.finetide.jinja.python.Strftime;
import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Namespace;
import dev.finetide.jinja.value.Python;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The functions that every template sees.
public final class Globals {
    private static final int MAX_RANGE = 100_000;

    private final Budget budget;
    private final Clock clock;

    public Globals(Budget budget, Clock clock) {
        this.budget = budget;
        this.clock = clock;
    }

    public Map<String, Callable> values() {
        Map<String, Callable> values = new HashMap<>();
        values.put("range", this::range);
        values.put("dict", this::entries);
        values.put("namespace", arguments -> new Namespace(entries(arguments), budget));
        values.put("joiner", Globals::joiner);
        values.put("cycler", this::cycler);
        values.put("raise_exception", new RaiseException());
        values.put(
                "strftime_now",
                arguments -> Strftime.format(arguments.bind("format").text(0), ZonedDateTime.now(clock), budget));
        return values;
    }

    /// Collects the entries of a `dict` or `namespace` from the arguments: a dict or a list of pairs, then named
    /// arguments.
    private Map<Object, Object> entries(Arguments arguments) {
        Map<Object, Object> entries = new LinkedHashMap<>();
        if (arguments.positional().size() > 1) {
            throw new Fault("takes at most 1 positional argument");
        }
        for (Object source : arguments.positional()) {
            if (source instanceof Map<?, ?> map) {
                budget.objects(map.size());
                entries.putAll(map);
                continue;
            }
            for (Object pair : Python.iterate(source, budget)) {
                List<Object> keyAndValue = Python.iterate(pair, budget);
                if (keyAndValue.size() != 2) {
                    throw new Fault("needs a dict or pairs of a key and a value");
                }
                budget.objects(1);
                entries.put(Keys.charged(keyAndValue.getFirst(), entries.size(), budget), keyAndValue.getLast());
            }
        }
        entries.putAll(arguments.named());
        return entries;
    }

    private Object range(Arguments arguments) {
        Arguments.Bound bound = arguments.bind("start", "stop", "step");
        long start = bound.has(1) ? bound.integer(0) : 0;
        long stop = bound.has(1) ? bound.integer(1) : bound.integer(0);
        long step = bound.integer(2, 1);
        if (step == 0) {
            throw new Fault("range() step must not be zero");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i = Math.addExact(i, step)) {
            if (numbers.size() == MAX_RANGE) {
                throw new Fault("range too big, at most " + MAX_RANGE + " numbers");
            }
            budget.step();
            budget.objects(1);
            numbers.add(i);
        }
        return numbers;
    }

    /// Makes a function that returns an empty text on its first call and the separator on each later one.
    private static Object joiner(Arguments arguments) {
        String separator = arguments.bind("sep").text(0, ", ");
        boolean[] used = {false};
        return (Callable) _ -> {
            String result = used[0] ? separator : "";
            used[0] = true;
            return result;
        };
    }

    /// Makes an object that cycles through its items, with `next()`, `reset()` and `current`.
    private Object cycler(Arguments arguments) {
        List<Object> items = arguments.positional();
        if (items.isEmpty() || !arguments.named().isEmpty()) {
            throw new Fault("cycler needs one item or more, by position");
        }
        Namespace cycler = new Namespace(Map.of(), budget);
        int[] position = {0};
        cycler.set("current", items.getFirst());
        cycler.set("next", (Callable) _ -> {
            Object item = items.get(position[0]);
            position[0] = (position[0] + 1) % items.size();
            cycler.set("current", items.get(position[0]));
            return item;
        });
        cycler.set("reset", (Callable) _ -> {
            position[0] = 0;
            cycler.set("current", items.getFirst());
            return null;
        });
        return cycler;
    }
}
