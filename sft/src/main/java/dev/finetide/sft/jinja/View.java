package dev.finetide.sft.jinja;

import java.util.List;

/// What Python's `keys()`, `values()` and `items()` of a dict give: it can be looped over and has a
/// length, but no items by index, and it is no list to add to or to write as JSON.
///
/// @param type `dict_keys`, `dict_values` or `dict_items`
record View(String type, List<Object> items) {}
