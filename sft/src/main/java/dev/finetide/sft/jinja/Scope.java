package dev.finetide.sft.jinja;

import java.util.HashMap;
import java.util.Map;

/// Names and their values; a block's scope sees those around it, and what it sets ends with it.
final class Scope {
    private final Scope parent;
    private final Map<String, Object> values = new HashMap<>();

    private Scope(Scope parent) {
        this.parent = parent;
    }

    static Scope root(Map<String, Object> values) {
        Scope scope = new Scope(null);
        scope.values.putAll(values);
        return scope;
    }

    Scope inner() {
        return new Scope(this);
    }

    void set(String name, Object value) {
        values.put(name, value);
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Object value = scope.values.get(name);
            if (value != null || scope.values.containsKey(name)) {
                return value;
            }
        }
        return Undefined.name(name);
    }
}
