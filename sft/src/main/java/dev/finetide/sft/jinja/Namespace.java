package dev.finetide.sft.jinja;

import java.util.HashMap;
import java.util.Map;

/// `namespace()`: the one object whose attributes a template may set, also from inside a loop.
final class Namespace {
    private final Map<String, Object> attributes = new HashMap<>();

    Namespace(Map<?, ?> attributes) {
        attributes.forEach((name, value) -> set(PythonText.str(name), value));
    }

    Object get(String name) {
        return attributes.containsKey(name) ? attributes.get(name) : Undefined.attribute(this, name);
    }

    /// @throws Fault for a name that begins with an underscore, which transformers refuses too
    void set(String name, Object value) {
        if (name.startsWith("_")) {
            throw new Fault(
                    "a namespace holds no attribute whose name begins with an underscore, such as '" + name + "'");
        }
        attributes.put(name, value);
    }
}
