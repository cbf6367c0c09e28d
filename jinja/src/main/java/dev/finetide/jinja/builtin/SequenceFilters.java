package dev.finetide.jinja.builtin;

import dev.finetide.jinja.python.CollectionMethods;
import dev.finetide.jinja.python.Keys;
import dev.finetide.jinja.python.Members;
import dev.finetide.jinja.python.Operators;
import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Generated;
import dev.finetide.jinja.value.Markup;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// Jinja's filters of sequences.
public final class SequenceFilters {
    /// Characters of an attribute path, or of a list of paths.
    private static final int MAX_PATH = 1_000;

    /// Largest whole number up to which doubles are exact.
    private static final long EXACT = 1L << 53;

    private final Filters filters;
    private final Budget budget;
    private final Operators operators;

    public SequenceFilters(Filters filters, Budget budget) {
        this.filters = filters;
        this.budget = budget;
        this.operators = new Operators(budget);
    }

    public Object apply(String name, Object value, Arguments arguments) {
        return switch (name) {
            case "length", "count" -> {
                arguments.bind();
                yield Python.length(value);
            }
            case "list" -> {
                arguments.bind();
                yield new ArrayList<>(Python.iterate(value, budget));
            }
            case "first" -> end(value, arguments, true);
            case "last" -> end(value, arguments, false);
            case "join" -> join(Python.iterate(value, budget), arguments.bind("d", "attribute"));
            case "items" -> {
                arguments.bind();
                yield items(value);
            }
            case "reverse" -> {
                arguments.bind();
                List<Object> reversed = Python.iterate(value, budget).reversed();
                yield value instanceof String
                        ? String.join(
                                "", reversed.stream().map(String.class::cast).toList())
                        : new Generated(reversed);
            }
            case "map" -> new Generated(map(itemsOrNone(value), arguments));
            case "select", "reject" -> {
                Predicate<Object> test = test(arguments);
                yield select(itemsOrNone(value), name.equals("select") ? test : test.negate());
            }
            case "selectattr", "rejectattr" -> {
                Function<Object, Object> attribute = attribute(
                        arguments.positional().isEmpty()
                                ? null
                                : arguments.positional().getFirst());
                Predicate<Object> inner = test(arguments.rest());
                Predicate<Object> test = item -> inner.test(attribute.apply(item));
                yield select(itemsOrNone(value), name.equals("selectattr") ? test : test.negate());
            }
            case "sort" ->
                sort(Python.iterate(value, budget), arguments.bind("reverse", "case_sensitive", "attribute"));
            case "unique" -> unique(Python.iterate(value, budget), arguments.bind("case_sensitive", "attribute"));
            case "min", "max" ->
                extreme(
                        Python.iterate(value, budget),
                        name.equals("min"),
                        arguments.bind("case_sensitive", "attribute"));
            case "sum" -> sum(Python.iterate(value, budget), arguments.bind("attribute", "start"));
            case "dictsort" -> dictSort(value, arguments.bind("case_sensitive", "by", "reverse"));
            case "groupby" ->
                groupBy(Python.iterate(value, budget), arguments.bind("attribute", "default", "case_sensitive"));
            case "batch" -> batch(Python.iterate(value, budget), arguments.bind("linecount", "fill_with"));
            case "slice" -> slice(Python.iterate(value, budget), arguments.bind("slices", "fill_with"));
            default -> throw new Fault("no such filter");
        };
    }

    private Object end(Object value, Arguments arguments, boolean first) {
        arguments.bind();
        if (!first && value instanceof Generated) {
            throw new Fault("'generator' object is not reversible");
        }
        List<Object> items = Python.iterate(value, budget);
        return items.isEmpty() ? new Undefined("the sequence is empty") : first ? items.getFirst() : items.getLast();
    }

    private String join(List<Object> items, Arguments.Bound bound) {
        String separator = PythonText.str(bound.get(0, ""), budget);
        Function<Object, Object> attribute = attribute(bound.get(1, null));
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            String text = PythonText.str(attribute.apply(items.get(i)), budget);
            budget.size((long) out.length() + separator.length() + text.length());
            budget.charge((long) separator.length() + text.length());
            out.append(i == 0 ? "" : separator).append(text);
        }
        return out.toString();
    }

    private Object items(Object value) {
        return switch (value) {
            case Undefined _ -> new Generated(List.of());
            case Map<?, ?> map -> new Generated(CollectionMethods.pairs(map, budget));
            case null, default -> throw new Fault("can only get item pairs from a mapping");
        };
    }

    /// Returns the items of a sequence, or none for a false value such as None: Jinja's `map` and `select` accept
    /// both.
    private List<Object> itemsOrNone(Object value) {
        return Python.truth(value) ? Python.iterate(value, budget) : List.of();
    }

    private List<Object> map(List<Object> items, Arguments arguments) {
        Function<Object, Object> function;
        if (arguments.positional().isEmpty()) {
            Arguments.Bound bound = arguments.bind("attribute", "default");
            function = attribute(bound.get(0), bound.get(1, null));
        } else {
            String name = PythonText.str(arguments.positional().getFirst(), budget);
            Arguments rest = arguments.rest();
            function = item -> Markup.plain(filters.apply(name, item, rest));
        }
        budget.objects(items.size());
        List<Object> mapped = new ArrayList<>(items.size());
        for (Object item : items) {
            budget.step();
            mapped.add(function.apply(item));
        }
        return mapped;
    }

    private Predicate<Object> test(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            arguments.bind();
            return Python::truth;
        }
        String name = PythonText.str(arguments.positional().getFirst(), budget);
        Arguments rest = arguments.rest();
        return item -> Tests.holds(name, item, rest, budget);
    }

    private Generated select(List<Object> items, Predicate<Object> test) {
        List<Object> selected = new ArrayList<>();
        for (Object item : items) {
            budget.step();
            if (test.test(item)) {
                selected.add(item);
            }
        }
        return new Generated(budget.made(selected));
    }

    private Function<Object, Object> attribute(Object path) {
        return attribute(path, null);
    }

    /// Reads an attribute path such as `a.0.b` of an item, or returns the item where no attribute is named.
    ///
    /// @param fallback replacement for each part of the path that does not exist, or null
    private Function<Object, Object> attribute(Object path, Object fallback) {
        return switch (path) {
            case null -> item -> item;
            case Long index -> item -> orElse(Members.item(item, index, budget), fallback);
            case String names -> {
                List<Object> keys = keys(names);
                yield item -> {
                    Object value = item;
                    for (Object key : keys) {
                        budget.step();
                        value = orElse(Members.item(value, key, budget), fallback);
                    }
                    return value;
                };
            }
            default -> throw new Fault("the attribute must be str or int, not " + Python.typeName(path));
        };
    }

    private static List<Object> keys(String path) {
        if (path.length() > MAX_PATH) {
            throw new Fault("an attribute path is longer than " + MAX_PATH + " characters");
        }
        List<Object> keys = new ArrayList<>();
        for (String name : path.split("\\.", -1)) {
            keys.add(name.matches("\\d{1,9}") ? (Object) Long.valueOf(name) : name);
        }
        return keys;
    }

    private static Object orElse(Object value, Object fallback) {
        return value instanceof Undefined && fallback != null ? fallback : value;
    }

    private Object folded(Object value, boolean caseSensitive) {
        budget.examine(caseSensitive ? null : value);
        return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
    }

    /// An item with the value that it is ordered by.
    private record Keyed(Object key, Object item) {}

    /// Returns the items in the order of their keys. The key of an item is computed once.
    private List<Keyed> ordered(List<Object> items, Function<Object, Object> key, boolean reversed) {
        budget.objects(items.size());
        List<Keyed> keyed = new ArrayList<>(items.size());
        for (Object item : items) {
            budget.step();
            keyed.add(new Keyed(key.apply(item), item));
        }
        Comparator<Keyed> order = this::order;
        keyed.sort(reversed ? order.reversed() : order);
        return keyed;
    }

    private int order(Keyed a, Keyed b) {
        budget.step();
        return Operators.order(a.key(), b.key(), budget);
    }

    private Function<Object, Object> folding(Function<Object, Object> attribute, boolean caseSensitive) {
        return item -> folded(attribute.apply(item), caseSensitive);
    }

    private static List<Object> itemsOf(List<Keyed> keyed) {
        List<Object> items = new ArrayList<>(keyed.size());
        keyed.forEach(one -> items.add(one.item()));
        return items;
    }

    /// Reads the sort key of an item. Only `sort` accepts several attributes, separated by commas. As in Jinja, lists
    /// of their values are compared, so that two items that both lack an attribute are equal and cause no error.
    private List<Object> sort(List<Object> items, Arguments.Bound bound) {
        List<Function<Object, Object>> attributes = new ArrayList<>();
        boolean caseSensitive = bound.truth(1, false);
        if (bound.get(2, null) instanceof String names) {
            if (names.length() > MAX_PATH) {
                throw new Fault("attribute paths are longer than " + MAX_PATH + " characters");
            }
            for (String name : names.split(",", -1)) {
                attributes.add(folding(attribute(name), caseSensitive));
            }
        } else {
            attributes.add(folding(attribute(bound.get(2, null)), caseSensitive));
        }
        Function<Object, Object> key = item -> {
            budget.objects(attributes.size());
            return attributes.stream().map(attribute -> attribute.apply(item)).toList();
        };
        return itemsOf(ordered(items, key, bound.truth(0, false)));
    }

    private Generated unique(List<Object> items, Arguments.Bound bound) {
        Function<Object, Object> key = folding(attribute(bound.get(1, null)), bound.truth(0, false));
        Set<Object> seen = new HashSet<>();
        return select(items, item -> {
            Object found = key.apply(item);
            // Python takes 1, 1.0 and true for one value.
            Object number = Operators.number(found);
            Object same =
                    number instanceof Long whole && Math.abs(whole) <= EXACT ? (Object) whole.doubleValue() : number;
            budget.objects(1);
            return seen.add(number == null ? Keys.charged(found, seen.size(), budget) : same);
        });
    }

    private Object extreme(List<Object> items, boolean least, Arguments.Bound bound) {
        if (items.isEmpty()) {
            return new Undefined("no aggregated item, the sequence was empty");
        }
        Function<Object, Object> key = folding(attribute(bound.get(1, null)), bound.truth(0, false));
        Keyed found = null;
        for (Object item : items) {
            budget.step();
            Keyed next = new Keyed(key.apply(item), item);
            if (found == null || (least ? order(next, found) < 0 : order(next, found) > 0)) {
                found = next;
            }
        }
        return found.item();
    }

    private Object sum(List<Object> items, Arguments.Bound bound) {
        Function<Object, Object> attribute = attribute(bound.get(0, null));
        Object sum = bound.get(1, 0L);
        for (Object item : items) {
            budget.step();
            sum = budget.made(operators.binary("+", sum, attribute.apply(item)));
        }
        return sum;
    }

    private List<Object> dictSort(Object value, Arguments.Bound bound) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new Fault("dictsort needs a dict, got " + Python.typeName(value));
        }
        long part = bound.text(1, "key").equals("value") ? 1 : 0;
        Function<Object, Object> key = folding(attribute(part), bound.truth(0, false));
        return itemsOf(ordered(CollectionMethods.pairs(map, budget), key, bound.truth(2, false)));
    }

    private List<Object> groupBy(List<Object> items, Arguments.Bound bound) {
        Function<Object, Object> key = attribute(bound.get(0), bound.get(1, null));
        boolean caseSensitive = bound.truth(2, false);
        List<Object> groups = new ArrayList<>();
        List<Object> group = List.of();
        Object last = null;
        for (Keyed next : ordered(items, folding(key, caseSensitive), false)) {
            budget.step();
            if (group.isEmpty() || !Operators.equal(last, next.key(), budget)) {
                budget.objects(3);
                group = new ArrayList<>();
                groups.add(Tuple.of(key.apply(next.item()), group));
                last = next.key();
            }
            group.add(next.item());
        }
        return groups;
    }

    /// Cuts a list into columns of about equal length. When the items do not divide evenly, the first columns have
    /// one item more and the others get the filler.
    private Generated slice(List<Object> items, Arguments.Bound bound) {
        int count = Math.toIntExact(bound.integer(0));
        if (count == 0) {
            throw new Fault("slice needs a number of slices other than 0");
        }
        budget.objects(Math.max(0, count));
        List<Object> slices = new ArrayList<>();
        int longer = items.size() % count;
        int start = 0;
        for (int i = 0; i < count; i++) {
            int end = start + items.size() / count + (i < longer ? 1 : 0);
            List<Object> slice = new ArrayList<>(items.subList(start, end));
            if (i >= longer && bound.get(1, null) != null) {
                slice.add(bound.get(1));
            }
            slices.add(slice);
            start = end;
        }
        return new Generated(slices);
    }

    private Generated batch(List<Object> items, Arguments.Bound bound) {
        int size = Math.toIntExact(bound.integer(0));
        if (size < 1) {
            throw new Fault("batch needs a positive line count");
        }
        List<Object> batches = new ArrayList<>();
        for (int start = 0; start < items.size(); start += size) {
            budget.objects(1);
            List<Object> batch = new ArrayList<>(items.subList(start, Math.min(start + size, items.size())));
            if (bound.get(1, null) != null) {
                budget.size(size);
                budget.objects(size - batch.size());
                while (batch.size() < size) {
                    batch.add(bound.get(1));
                }
            }
            batches.add(batch);
        }
        return new Generated(batches);
    }
}
