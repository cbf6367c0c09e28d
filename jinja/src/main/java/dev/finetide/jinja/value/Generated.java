package dev.finetide.jinja.value;

import java.util.List;

/// The result of one of Python's lazy filters (`map`, `select`, `reverse`, …). A template can loop over it once. A
/// generated value has no length and no items by index, and it is true even when it is empty: a template that asks for
/// its length fails here as it does in Python.
public final class Generated {
    private List<Object> left;

    public Generated(List<Object> items) {
        left = items;
    }

    /// Returns the items and uses them up: a second call returns none.
    public List<Object> take() {
        List<Object> items = left;
        left = List.of();
        return items;
    }
}
