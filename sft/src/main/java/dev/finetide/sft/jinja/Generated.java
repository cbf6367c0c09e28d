package dev.finetide.sft.jinja;

import java.util.List;

/// What Python's lazy filters (`map`, `select`, `reverse`, …) give: it can be looped over once, but it
/// has no length, no items by index, and it is true even when it holds nothing. Templates that ask for
/// its length fail here as they do there.
final class Generated {
    private List<Object> left;

    Generated(List<Object> items) {
        left = items;
    }

    /// The items, which are then used up.
    List<Object> take() {
        List<Object> items = left;
        left = List.of();
        return items;
    }
}
