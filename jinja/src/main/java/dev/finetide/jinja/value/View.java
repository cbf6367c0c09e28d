package dev.finetide.jinja.value;

import java.util.List;

/// The result of a dict's `keys()`, `values()` or `items()`. A view can be looped over and has a length. A view has no
/// items by index, cannot be added to a list, and cannot be written as JSON.
///
/// @param type `dict_keys`, `dict_values` or `dict_items`
public record View(String type, List<Object> items) {}
