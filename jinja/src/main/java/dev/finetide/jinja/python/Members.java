package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Namespace;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Looks up `owner.name`, `owner[key]` and `owner[a:b:c]`, and charges what a lookup reads. The reason of an undefined
/// member does not name the member: only the evaluator knows whether the name stands in the template. As in Jinja, a
/// dot looks for a method first and then for an
/// item; brackets look for an item first.
public final class Members {
    private Members() {}

    public static Object attribute(Object owner, String name, Budget budget) {
        Operators.refuseUndefined(owner);
        return switch (owner) {
            case Namespace namespace -> namespace.get(name);
            case Loop loop -> loop.get(name);
            case null, default -> {
                Callable method = method(owner, name, budget);
                if (method != null) {
                    yield method;
                }
                if (owner instanceof Map<?, ?> map && map.containsKey(Keys.charged(name, map.size(), budget))) {
                    yield map.get(name);
                }
                yield Undefined.item(owner);
            }
        };
    }

    public static Object item(Object owner, Object key, Budget budget) {
        Operators.refuseUndefined(owner);
        if (owner instanceof Map<?, ?> map && Keys.isHashable(key, map.size(), budget) && map.containsKey(key)) {
            return map.get(key);
        }
        if (Operators.number(key) instanceof Long index && owner instanceof List<?> list) {
            int at = index(index, list.size());
            return at < 0 ? Undefined.item(owner) : list.get(at);
        }
        if (Operators.number(key) instanceof Long index && owner instanceof String text) {
            budget.characters(text.length());
            int at = index(index, text.codePointCount(0, text.length()));
            return at < 0
                    ? Undefined.item(owner)
                    : Character.toString(text.codePointAt(text.offsetByCodePoints(0, at)));
        }
        return key instanceof String name ? attribute(owner, name, budget) : Undefined.item(owner);
    }

    private static int index(long index, int size) {
        long at = index < 0 ? index + size : index;
        return at < 0 || at >= size ? -1 : (int) at;
    }

    /// Returns a method of the value's type, or null. A call charges the value, the arguments and the result.
    private static Callable method(Object owner, String name, Budget budget) {
        Callable method = switch (owner) {
            case String text -> StringMethods.find(text, name, budget);
            case Map<?, ?> map -> CollectionMethods.ofDict(map, name, budget);
            case List<?> list -> CollectionMethods.ofList(list, name, budget);
            case null, default -> null;
        };
        return method == null
                ? null
                : arguments -> {
                    budget.examine(owner, arguments);
                    return budget.made(method.call(arguments));
                };
    }

    public static Object slice(Object owner, Long start, Long stop, Long stepOrNull, Budget budget) {
        Operators.refuseUndefined(owner);
        long step = stepOrNull == null ? 1 : stepOrNull;
        if (step == 0) {
            throw new Fault("slice step cannot be zero");
        }
        if (!(owner instanceof String) && !(owner instanceof List<?>)) {
            throw new Fault("'" + Python.typeName(owner) + "' object cannot be sliced");
        }
        List<Object> items = Python.iterate(owner, budget);
        List<Object> picked = new ArrayList<>();
        long first = bound(start, items.size(), step, step > 0 ? 0 : items.size() - 1L);
        long end = bound(stop, items.size(), step, step > 0 ? items.size() : -1);
        for (long i = first; step > 0 ? i < end : i > end; i = Math.addExact(i, step)) {
            picked.add(items.get((int) i));
        }
        budget.made(picked);
        return switch (owner) {
            case String _ ->
                String.join("", picked.stream().map(String.class::cast).toList());
            case Tuple _ -> Tuple.of(picked);
            default -> picked;
        };
    }

    private static long bound(Long value, int size, long step, long fallback) {
        if (value == null) {
            return fallback;
        }
        long at = value < 0 ? value + size : value;
        return step > 0 ? Math.clamp(at, 0L, size) : Math.clamp(at, -1L, size - 1L);
    }
}
