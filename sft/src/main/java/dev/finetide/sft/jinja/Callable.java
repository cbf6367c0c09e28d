package dev.finetide.sft.jinja;

/// Anything a template can call: a function, a macro, a bound method.
@FunctionalInterface
interface Callable {
    Object call(Arguments arguments);
}
