package dev.finetide.jinja.value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Answers Python's basic questions about a value: the name of its type, whether it is true, its items, its length.
public final class Python {
    private Python() {}

    public static String typeName(Object value) {
        return switch (value) {
            case null -> "NoneType";
            case Boolean _ -> "bool";
            case Long _, BigInteger _ -> "int";
            case Double _ -> "float";
            case String _, Markup _ -> "str";
            case Tuple _ -> "tuple";
            case Generated _ -> "generator";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "dict";
            case View view -> view.type();
            case Undefined _ -> "undefined";
            case Namespace _ -> "Namespace";
            case Callable callable -> callable.typeName();
            default -> "function";
        };
    }

    public static boolean truth(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean flag -> flag;
            case Long number -> number != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case View view -> !view.items().isEmpty();
            case Undefined _ -> false;
            default -> true;
        };
    }

    /// Returns the elements of a list, the keys of a mapping or the code points of a text. An undefined value has no
    /// items. Charges a visit to each of them.
    @SuppressWarnings("unchecked")
    public static List<Object> iterate(Object value, Budget budget) {
        budget.examine(value);
        return switch (value) {
            case Generated generated -> generated.take();
            case View view -> view.items();
            case List<?> list -> (List<Object>) list;
            case Map<?, ?> map -> budget.made(new ArrayList<>(map.keySet()));
            case String text -> {
                budget.objects(text.codePointCount(0, text.length()));
                yield new ArrayList<>(
                        text.codePoints().mapToObj(Character::toString).toList());
            }
            case Undefined _ -> List.of();
            case null, default -> throw new Fault("'" + typeName(value) + "' object is not iterable");
        };
    }

    /// Computes Python's `len`: the length of a text is its number of code points.
    public static long length(Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case View view -> view.items().size();
            case Undefined _ -> 0;
            case null, default -> throw new Fault("object of type '" + typeName(value) + "' has no len()");
        };
    }

    /// Whether a character is white space for `str.isspace` and `str.strip`.
    public static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /// Copies a caller's value into the types that the interpreter works with. Maps must have text keys.
    ///
    /// @param depth nesting of the value in the caller's variable, from 0
    public static Object fromJava(Object value, int depth) {
        if (depth > 200) {
            throw new Fault("a variable is nested deeper than 200");
        }
        return switch (value) {
            case null -> null;
            case Boolean flag -> flag;
            case String text -> text;
            case Integer number -> (long) number;
            case Long number -> number;
            case BigInteger number -> number;
            case Number number -> number.doubleValue();
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list.size());
                for (Object item : list) {
                    copy.add(fromJava(item, depth + 1));
                }
                yield copy;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
                map.forEach((key, item) -> copy.put(key, fromJava(item, depth + 1)));
                yield copy;
            }
            default ->
                throw new Fault("a variable is of type " + value.getClass().getName());
        };
    }
}
