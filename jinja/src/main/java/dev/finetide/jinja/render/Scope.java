package dev.finetide.jinja.render;

import dev.finetide.jinja.value.Undefined;
import java.util.HashMap;
import java.util.Map;

/// The variables of a block. A scope reads the variables of the scopes around it; the variables that it sets end with
/// the block.
public final class Scope {
    private final Scope parent;
    private final Map<String, Object> values = new HashMap<>();

    private Scope(Scope parent) {
        this.parent = parent;
    }

    public static Scope root(Map<String, Object> values) {
        Scope scope = new Scope(null);
        scope.values.putAll(values);
        return scope;
    }

    public Scope inner() {
        return new Scope(this);
    }

    public void set(String name, Object value) {
        values.put(name, value);
    }

    public Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Object value = scope.values.get(name);
            if (value != null || scope.values.containsKey(name)) {
                return value;
            }
        }
        return Undefined.name(name);
    }
}
