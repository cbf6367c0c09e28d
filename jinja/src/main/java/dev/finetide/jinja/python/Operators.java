package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Markup;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import dev.finetide.jinja.value.View;
import java.util.ArrayList;
import java.util.Iterator;
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
            return concatenate(PythonText.str(left, budget), PythonText.str(right, budget));
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
                    ? new Markup(concatenate(Markup.escaped(left, budget), Markup.escaped(right, budget)))
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
        budget.items((long) left.size() + right.size());
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
            int repetitions = repetitions(count, text.length());
            return text.repeat(repetitions);
        }
        if (number(right) instanceof Long count && left instanceof List<?> items) {
            int repetitions = repetitions(count, items.size());
            budget.items((long) items.size() * repetitions);
            List<Object> all = new ArrayList<>(items.size() * repetitions);
            for (int i = repetitions; i > 0; i--) {
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
        // A base of 2 or more leaves 64 bits after 63 turns, which multiplyExact refuses.
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
            case "==" -> equal(left, right, budget);
            case "!=" -> !equal(left, right, budget);
            case "in" -> contains(right, left, budget);
            case "not in" -> !contains(right, left, budget);
            case "<" -> order(left, right, budget) < 0;
            case "<=" -> order(left, right, budget) <= 0;
            case ">" -> order(left, right, budget) > 0;
            case ">=" -> order(left, right, budget) >= 0;
            default -> throw new Fault("unknown operator " + operator);
        };
    }

    /// Compares two values, and charges a visit to each pair of values that the comparison looks at.
    public static boolean equal(Object left, Object right, Budget budget) {
        budget.enterValue();
        boolean equal = isEqual(left, right, budget);
        budget.leaveValue();
        return equal;
    }

    private static boolean isEqual(Object left, Object right, Budget budget) {
        Number a = number(left);
        Number b = number(right);
        if (a != null && b != null) {
            return a instanceof Long x && b instanceof Long y ? x.equals(y) : a.doubleValue() == b.doubleValue();
        }
        if (left instanceof Undefined && right instanceof Undefined) {
            return true;
        }
        if (left instanceof String x && right instanceof String y) {
            budget.charge(x.length() == y.length() ? x.length() : 0);
            return x.equals(y);
        }
        if (left instanceof List<?> x && right instanceof List<?> y) {
            return (left instanceof Tuple) == (right instanceof Tuple) && equalItems(x, y, budget);
        }
        if (left instanceof View x && right instanceof View y) {
            return x.type().equals(y.type()) && equalItems(x.items(), y.items(), budget);
        }
        if (left instanceof Map<?, ?> x && right instanceof Map<?, ?> y) {
            return x.size() == y.size() && equalEntries(x, y, budget);
        }
        return Objects.equals(left, right);
    }

    private static boolean equalItems(List<?> left, List<?> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        Iterator<?> others = right.iterator();
        for (Object item : left) {
            if (!equal(item, others.next(), budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalEntries(Map<?, ?> left, Map<?, ?> right, Budget budget) {
        for (Map.Entry<?, ?> entry : left.entrySet()) {
            Object key = Keys.charged(entry.getKey(), right.size(), budget);
            if (!right.containsKey(key) || !equal(entry.getValue(), right.get(key), budget)) {
                return false;
            }
        }
        return true;
    }

    /// Orders two values as Python does, and charges a visit to each pair of values that the comparison looks at.
    public static int order(Object left, Object right, Budget budget) {
        budget.enterValue();
        int order = ordered(left, right, budget);
        budget.leaveValue();
        return order;
    }

    private static int ordered(Object left, Object right, Budget budget) {
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
            return orderTexts(x, y, budget);
        }
        if (left instanceof List<?> x && right instanceof List<?> y) {
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                if (!equal(x.get(i), y.get(i), budget)) {
                    return order(x.get(i), y.get(i), budget);
                }
            }
            return Integer.compare(x.size(), y.size());
        }
        throw new Fault("'" + Python.typeName(left) + "' and '" + Python.typeName(right)
                + "' have no order: one is of a wrong type");
    }

    /// Compares texts by code points, as Python does. Java's own order differs above U+FFFF: there the first unequal
    /// characters are surrogates, which stand above all others.
    private static int orderTexts(String left, String right, Budget budget) {
        int shorter = Math.min(left.length(), right.length());
        int same = 0;
        while (same < shorter && left.charAt(same) == right.charAt(same)) {
            same++;
        }
        budget.characters(same);
        if (same == shorter) {
            return Integer.compare(left.length(), right.length());
        }
        char a = left.charAt(same);
        char b = right.charAt(same);
        return Character.isSurrogate(a) == Character.isSurrogate(b)
                ? Character.compare(a, b)
                : Character.isSurrogate(a) ? 1 : -1;
    }

    public static boolean contains(Object container, Object item, Budget budget) {
        return switch (container) {
            case String text -> {
                if (!(item instanceof String part)) {
                    throw new Fault("'in <string>' requires str as left operand, not " + Python.typeName(item));
                }
                yield new TextSearch(part, budget).first(text, 0) >= 0;
            }
            case Map<?, ?> map -> map.containsKey(Keys.charged(item, map.size(), budget));
            case null, default -> {
                for (Object candidate : Python.iterate(container, budget)) {
                    if (equal(candidate, item, budget)) {
                        yield true;
                    }
                }
                yield false;
            }
        };
    }

    public static void refuseUndefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw new Fault(undefined.reason());
        }
    }
}
