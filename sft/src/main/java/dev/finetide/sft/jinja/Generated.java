package dev.finetide.sft.jinja;

import java.util.AbstractList;
import java.util.List;

/// What Python's lazy filters (`map`, `select`, `reverse`, …) give: it can be looped over, but it has no length, no
/// items by index, and it is true even when it holds nothing. Templates that ask for its length fail here as they do
/// there.
final class Generated extends AbstractList<Object> {
    private final List<Object> items;

    Generated(List<Object> items) {
        this.items = items;
    }

    List<Object> items() {
        return items;
    }

    @Override
    public Object get(int index) {
        return items.get(index);
    }

    @Override
    public int size() {
        return items.size();
    }
}
