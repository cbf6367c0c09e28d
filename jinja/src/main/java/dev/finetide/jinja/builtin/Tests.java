package dev.finetide.jinja.builtin;

import dev.finetide.jinja.python.Operators;
import dev.finetide.jinja.python.StringMethods;
import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Generated;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.Undefined;
import dev.finetide.jinja.value.View;
import java.util.List;
import java.util.Map;

/// Jinja's tests: the names that may follow `is`, and that `select`, `reject`, `selectattr` and `rejectattr` take.
public final class Tests {
    private Tests() {}

    public static boolean holds(String name, Object value, Arguments arguments, Budget budget) {
        budget.examine(value, arguments);
        return switch (name) {
            case "defined" -> none(arguments) && !(value instanceof Undefined);
            case "undefined" -> none(arguments) && value instanceof Undefined;
            case "none" -> none(arguments) && value == null;
            case "boolean" -> none(arguments) && value instanceof Boolean;
            case "true" -> none(arguments) && Boolean.TRUE.equals(value);
            case "false" -> none(arguments) && Boolean.FALSE.equals(value);
            case "string" -> none(arguments) && value instanceof String;
            case "mapping" -> none(arguments) && value instanceof Map<?, ?>;
            case "integer" -> none(arguments) && Python.typeName(value).equals("int");
            case "float" -> none(arguments) && value instanceof Double;
            case "number" -> none(arguments) && (value instanceof Number || value instanceof Boolean);
            case "callable" -> none(arguments) && value instanceof Callable;
            case "iterable" ->
                none(arguments) && (isSequence(value) || value instanceof Generated || value instanceof View);
            case "sequence" -> none(arguments) && isSequence(value);
            case "lower" -> none(arguments) && StringMethods.isCase(PythonText.str(value, budget), false);
            case "upper" -> none(arguments) && StringMethods.isCase(PythonText.str(value, budget), true);
            case "odd" -> none(arguments) && leaves(value, 2L, 1L, budget);
            case "even" -> none(arguments) && leaves(value, 2L, 0L, budget);
            case "divisibleby" -> leaves(value, arguments.bind("num").get(0), 0L, budget);
            case "sameas" -> isSame(value, arguments.bind("other").get(0));
            case "in" -> Operators.contains(arguments.bind("seq").get(0), value, budget);
            case "equalto", "eq", "==" -> Operators.equal(value, other(arguments), budget);
            case "ne", "!=" -> !Operators.equal(value, other(arguments), budget);
            case "greaterthan", "gt", ">" -> Operators.order(value, other(arguments), budget) > 0;
            case "ge", ">=" -> Operators.order(value, other(arguments), budget) >= 0;
            case "lessthan", "lt", "<" -> Operators.order(value, other(arguments), budget) < 0;
            case "le", "<=" -> Operators.order(value, other(arguments), budget) <= 0;
            default -> throw new Fault("no such test");
        };
    }

    private static boolean none(Arguments arguments) {
        arguments.bind();
        return true;
    }

    private static Object other(Arguments arguments) {
        return arguments.bind("other").get(0);
    }

    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof List<?>
                || value instanceof Map<?, ?>
                || value instanceof Undefined;
    }

    private static boolean leaves(Object value, Object divisor, long remainder, Budget budget) {
        Operators.refuseUndefined(value);
        return Operators.equal(Operators.arithmetic("%", value, divisor), remainder, budget);
    }

    private static boolean isSame(Object value, Object other) {
        return value == other || (value instanceof Boolean || value instanceof Long) && value.equals(other);
    }
}
