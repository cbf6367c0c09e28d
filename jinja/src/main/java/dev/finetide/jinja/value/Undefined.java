package dev.finetide.jinja.value;

/// The value of a name, attribute or item that does not exist: empty as a text or list, false as a condition, and an
/// error in every other use.
///
/// @param reason text of the error: what is missing
public record Undefined(String reason) {
    public static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    /// Returns the value of an attribute whose name stands in the template.
    public static Undefined attribute(Object owner, String name) {
        return new Undefined("'" + Python.typeName(owner) + " object' has no attribute '" + name + "'");
    }

    /// Returns the value of an item whose name may be text of a row, which the reason leaves out.
    public static Undefined item(Object owner) {
        return new Undefined(Python.typeName(owner) + " object has no such element");
    }
}
