package dev.finetide.jinja.value;

import java.util.HashMap;
import java.util.Map;

/// The object that `namespace()` makes: the only one whose attributes a template may set, also from inside a loop.
public final class Namespace {
    private final Map<String, Object> attributes = new HashMap<>();

    public Namespace(Map<?, ?> attributes, Budget budget) {
        attributes.forEach((name, value) -> set(PythonText.str(name, budget), value));
    }

    public Object get(String name) {
        return attributes.containsKey(name) ? attributes.get(name) : Undefined.item(this);
    }

    /// @throws Fault for a name that begins with an underscore, which transformers refuses too
    public void set(String name, Object value) {
        if (name.startsWith("_")) {
            throw new Fault("a namespace holds no attribute whose name begins with an underscore");
        }
        attributes.put(name, value);
    }
}
