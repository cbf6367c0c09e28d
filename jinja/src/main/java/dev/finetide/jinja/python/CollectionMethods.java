package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.View;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The methods of dicts and lists that change nothing. Methods that would change a value are refused, as in Jinja's
/// immutable sandbox.
public final class CollectionMethods {
    private CollectionMethods() {}

    /// Returns a bound method of a dict, or null.
    public static Callable ofDict(Map<?, ?> map, String name, Budget budget) {
        return switch (name) {
            case "get" ->
                arguments -> {
                    Arguments.Bound bound = arguments.bind("key", "default");
                    Object key = Keys.charged(bound.get(0), map.size(), budget);
                    return map.containsKey(key) ? map.get(key) : bound.get(1, null);
                };
            case "keys" ->
                arguments -> {
                    arguments.bind();
                    budget.objects(map.size());
                    return new View("dict_keys", new ArrayList<>(map.keySet()));
                };
            case "values" ->
                arguments -> {
                    arguments.bind();
                    budget.objects(map.size());
                    return new View("dict_values", new ArrayList<>(map.values()));
                };
            case "items" ->
                arguments -> {
                    arguments.bind();
                    return new View("dict_items", pairs(map, budget));
                };
            case "copy" ->
                arguments -> {
                    arguments.bind();
                    return new LinkedHashMap<>(map);
                };
            default -> null;
        };
    }

    public static List<Object> pairs(Map<?, ?> map, Budget budget) {
        budget.objects(2L * map.size());
        List<Object> pairs = new ArrayList<>(map.size());
        map.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
        return pairs;
    }

    /// Returns a bound method of a list or tuple, or null.
    public static Callable ofList(List<?> list, String name, Budget budget) {
        return switch (name) {
            case "index" ->
                arguments -> {
                    Object wanted = arguments.bind("value").get(0);
                    for (int i = 0; i < list.size(); i++) {
                        if (Operators.equal(list.get(i), wanted, budget)) {
                            return (long) i;
                        }
                    }
                    throw new Fault("the value is not in the list");
                };
            case "count" ->
                arguments -> {
                    Object wanted = arguments.bind("value").get(0);
                    return list.stream()
                            .filter(item -> Operators.equal(item, wanted, budget))
                            .count();
                };
            case "copy" ->
                arguments -> {
                    arguments.bind();
                    return new ArrayList<Object>(list);
                };
            case "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse" ->
                _ -> {
                    throw new Fault("access to '" + name + "' of a list is unsafe: templates change no values");
                };
            default -> null;
        };
    }
}
