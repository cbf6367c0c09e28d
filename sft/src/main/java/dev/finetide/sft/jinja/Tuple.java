package dev.finetide.sft.jinja;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;

/// A Python tuple: a list that prints with parentheses.
final class Tuple extends AbstractList<Object> {
    private final Object[] items;

    private Tuple(Object[] items) {
        this.items = items;
    }

    static Tuple of(Object... items) {
        return new Tuple(items);
    }

    static Tuple of(List<?> items) {
        return new Tuple(items.toArray());
    }

    @Override
    public Object get(int index) {
        return items[index];
    }

    @Override
    public int size() {
        return items.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tuple tuple && Arrays.equals(items, tuple.items);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(items);
    }
}
