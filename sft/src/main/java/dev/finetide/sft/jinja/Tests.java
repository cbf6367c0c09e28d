package dev.finetide.sft.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What may follow `is`, and be named by `select` and its kin.
final class Tests {
    private Tests() {}

    static boolean holds(String name, Object value, Arguments arguments) {
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
            case "iterable" -> none(arguments) && isSequence(value);
            case "sequence" -> none(arguments) && isSequence(value) && !(value instanceof Generated);
            case "lower" -> none(arguments) && isCase(PythonText.str(value), false);
            case "upper" -> none(arguments) && isCase(PythonText.str(value), true);
            case "odd" -> none(arguments) && remainder(value, 2L) == 1;
            case "even" -> none(arguments) && remainder(value, 2L) == 0;
            case "divisibleby" -> remainder(value, arguments.bind("num").integer(0)) == 0;
            case "sameas" -> isSame(value, arguments.bind("other").get(0));
            case "in" -> Operators.contains(arguments.bind("seq").get(0), value);
            case "equalto", "eq", "==" -> Operators.equal(value, other(arguments));
            case "ne", "!=" -> !Operators.equal(value, other(arguments));
            case "greaterthan", "gt", ">" -> Operators.order(value, other(arguments)) > 0;
            case "ge", ">=" -> Operators.order(value, other(arguments)) >= 0;
            case "lessthan", "lt", "<" -> Operators.order(value, other(arguments)) < 0;
            case "le", "<=" -> Operators.order(value, other(arguments)) <= 0;
            default -> throw new Fault("no test named '" + name + "'");
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

    private static boolean isCase(String text, boolean upper) {
        String same = upper ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT);
        String other = upper ? text.toLowerCase(Locale.ROOT) : text.toUpperCase(Locale.ROOT);
        return text.equals(same) && !text.equals(other);
    }

    private static long remainder(Object value, long divisor) {
        Operators.refuseUndefined(value);
        if (!(Operators.number(value) instanceof Long number) || divisor == 0) {
            throw new Fault("needs an integer and a divisor that is not 0, got " + Python.typeName(value));
        }
        return Math.floorMod(number, divisor);
    }

    private static boolean isSame(Object value, Object other) {
        return value == other || (value instanceof Boolean || value instanceof Long) && value.equals(other);
    }
}
