package dev.finetide.jinja.value;

/// Anything a template can call: a function, a macro, a bound method.
@FunctionalInterface
public interface Callable {
    Object call(Arguments arguments);

    /// Returns Python's name for the type, as error messages give it.
    default String typeName() {
        return "function";
    }
}
