package dev.finetide.sft.jinja;

/// The value of a name, attribute or item that is not there: empty as text, as a list and as a condition, an error in
/// every other use.
///
/// @param reason what is missing, used as the error's text
record Undefined(String reason) {
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Object owner, String name) {
        return new Undefined("'" + Python.typeName(owner) + " object' has no attribute '" + name + "'");
    }

    static Undefined item(Object owner) {
        return new Undefined(Python.typeName(owner) + " object has no such element");
    }
}
