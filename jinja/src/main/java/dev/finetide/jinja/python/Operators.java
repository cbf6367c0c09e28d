package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Markup;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Python's arithmetic, comparison and membership.
public final class Operators {
    private final Budget budget;

    public Operators(Budget budget) {
        this.budget = budget;
    }

    public Object binary(String operator, Object left, Object right) {
        if (operator.equals("~")) {
            return concatenate(PythonText.str(left), PythonText.str(right));
        }
        if (operator.equals("%") && left instanceof String text) {
            return PythonFormat.percent(text, right, budget);
        }
        refuseUndefined(left);
        refuseUndefined(right);
        return switch (operator) {
            case "+" -> add(left, right);
            case "*" -> multiply(left, right);
            default -> arithmetic(operator, left, right);
        };
    }

    public Object negate(Object value) {
        refuseUndefined(value);
        return switch (number(value)) {
            case Double number -> -number;
            case Long number -> Math.negateExact(number);
            case null, default -> throw new Fault("bad operand type for unary -: '" + Python.typeName(value) + "'");
        };
    }

    public String concatenate(String left, String right) {
        budget.size((long) left.length() + right.length());
        return left.concat(right);
    }

    private Object add(Object left, Object right) {
        if (Markup.plain(left) instanceof String a && Markup.plain(right) instanceof String b) {
            return left instanceof Markup || right instanceof Markup
                    ? new Markup(concatenate(Markup.escaped(left), Markup.escaped(right)))
                    : concatenate(a, b);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return Tuple.of(joined(a, b));
        }
        if (isPlainList(left) && isPlainList(right)) {
            return joined((List<?>) left, (List<?>) right);
        }
        return arithmetic("+", left, right);
    }

    private List<Object> joined(List<?> left, List<?> right) {
        budget.size((long) left.size() + right.size());
        List<Object> all = new ArrayList<>(left.size() + right.size());
        all.addAll(left);
        all.addAll(right);
        return all;
    }

    private static boolean isPlainList(Object value) {
        return value instanceof List<?> && !(value instanceof Tuple);
    }

    private Object multiply(Object left, Object right) {
        if (number(left) instanceof Long && (right instanceof String || right instanceof List<?>)) {
            return multiply(right, left);
        }
        if (number(right) instanceof Long count && left instanceof String text) {
            return text.repeat(repetitions(count, text.length()));
        }
        if (number(right) instanceof Long count && left instanceof List<?> items) {
            List<Object> all = new ArrayList<>();
            for (int i = repetitions(count, items.size()); i > 0; i--) {
                all.addAll(items);
            }
            return left instanceof Tuple ? Tuple.of(all) : all;
        }
        return arithmetic("*", left, right);
    }

    private int repetitions(long count, int size) {
        int repetitions = size == 0 ? 0 : Math.clamp(count, 0, Integer.MAX_VALUE);
        budget.size((long) size * repetitions);
        return repetitions;
    }

    public static Object arithmetic(String operator, Object left, Object right) {
        Number a = number(left);
        Number b = number(right);
        if (a == null || b == null) {
            throw new Fault("unsupported operand types for " + operator + ": '" + Python.typeName(left) + "' and '"
                    + Python.typeName(right) + "'");
        }
        try {
            return a instanceof Long x && b instanceof Long y && !operator.equals("/")
                    ? integers(operator, x, y)
                    : floats(operator, a.doubleValue(), b.doubleValue());
        } catch (ArithmeticException e) {
            throw new Fault(e.getMessage() == null ? "arithmetic error" : e.getMessage());
        }
    }

    private static Object integers(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "//" -> Math.floorDiv(a, b);
            case "%" -> Math.floorMod(a, b);
            case "**" -> b < 0 ? (Object) Math.pow(a, b) : (Object) power(a, b);
            default -> throw new Fault("unknown operator " + operator);
        };
    }

    private static long power(long base, long exponent) {
        long result = 1;
        if (base == 0 || base == 1 || base == -1) {
            return exponent == 0 || base == 1 ? 1 : base == 0 ? 0 : exponent % 2 == 0 ? 1 : -1;
        }
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private static Object floats(String operator, double a, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Fault("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            case "**" -> Math.pow(a, b);
            default -> throw new Fault("unknown operator " + operator);
        };
    }

    /// Returns a number as a Long or Double, a boolean as 0 or 1, and null for every other value.
    public static Number number(Object value) {
        return switch (value) {
            case Long number -> number;
            case Double number -> number;
            case Boolean flag -> flag ? 1L : 0L;
            case null, default -> null;
        };
    }

    public boolean compare(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> equal(left, right);
            case "!=" -> !equal(left, right);
            case "in" -> contains(right, left);
            case "not in" -> !contains(right, left);
            case "<" -> order(left, right) < 0;
            case "<=" -> order(left, right) <= 0;
            case ">" -> order(left, right) > 0;
            case ">=" -> order(left, right) >= 0;
            default -> throw new Fault("unknown operator " + operator);
        };
    }

    public static boolean equal(Object left, Object right) {
        Number a = number(left);
        Number b = number(right);
        if (a != null && b != null) {
            return a instanceof Long x && b instanceof Long y ? x.equals(y) : a.doubleValue() == b.doubleValue();
        }
        if (left instanceof Undefined && right instanceof Undefined) {
            return true;
        }
        if (left instanceof List<?> x && right instanceof List<?> y) {
            return (left instanceof Tuple) == (right instanceof Tuple) && equalItems(x, y);
        }
        if (left instanceof Map<?, ?> x && right instanceof Map<?, ?> y) {
            return x.size() == y.size()
                    && x.entrySet().stream()
                            .allMatch(e -> y.containsKey(e.getKey()) && equal(e.getValue(), y.get(e.getKey())));
        }
        return Objects.equals(left, right);
    }

    private static boolean equalItems(List<?> left, List<?> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    public static int order(Object left, Object right) {
        refuseUndefined(left);
        refuseUndefined(right);
        Number a = number(left);
        Number b = number(right);
        if (a != null && b != null) {
            return a instanceof Long x && b instanceof Long y
                    ? Long.compare(x, y)
                    : Double.compare(a.doubleValue(), b.doubleValue());
        }
        if (left instanceof String x && right instanceof String y) {
            return orderTexts(x, y);
        }
        if (left instanceof List<?> x && right instanceof List<?> y) {
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                if (!equal(x.get(i), y.get(i))) {
                    return order(x.get(i), y.get(i));
                }
            }
            return Integer.compare(x.size(), y.size());
        }
        throw new Fault("'" + Python.typeName(left) + "' and '" + Python.typeName(right) + "' have no order");
    }

    /// Compares texts by code points, as Python does. Java's own order differs above U+FFFF.
    private static int orderTexts(String left, String right) {
        int[] a = left.codePoints().toArray();
        int[] b = right.codePoints().toArray();
        return Arrays.compare(a, b);
    }

    public static boolean contains(Object container, Object item) {
        return switch (container) {
            case String text -> {
                if (!(item instanceof String part)) {
                    throw new Fault("'in <string>' requires str as left operand, not " + Python.typeName(item));
                }
                yield text.contains(part);
            }
            case Map<?, ?> map -> map.containsKey(item);
            case null, default -> Python.iterate(container).stream().anyMatch(candidate -> equal(candidate, item));
        };
    }

    public static void refuseUndefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw new Fault(undefined.reason());
        }
    }
}
