package dev.finetide.sft.jinja;

import java.util.HashMap;
import java.util.Map;

/// `namespace()`: the one object whose attributes a template may set, also from inside a loop.
final class Namespace {
    private final Map<String, Object> attributes = new HashMap<>();

    Namespace(Map<String, Object> attributes) {
        this.attributes.putAll(attributes);
    }

    Object get(String name) {
        return attributes.containsKey(name) ? attributes.get(name) : Undefined.attribute(this, name);
    }

    void set(String name, Object value) {
        attributes.put(name, value);
    }
}
