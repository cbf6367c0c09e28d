package dev.finetide.sft.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What Python says about a value: its type's name, whether it is true, how to loop over it.
final class Python {
    private Python() {}

    static String typeName(Object value) {
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
            case Loop _ -> "LoopContext";
            case Macro _ -> "Macro";
            default -> "function";
        };
    }

    static boolean truth(Object value) {
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

    /// The elements of a list, the keys of a mapping, the code points of a text; nothing for an undefined value.
    @SuppressWarnings("unchecked")
    static List<Object> iterate(Object value) {
        return switch (value) {
            case Generated generated -> generated.take();
            case View view -> view.items();
            case List<?> list -> (List<Object>) list;
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text ->
                new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
            case Undefined _ -> List.of();
            case null, default -> throw new Fault("'" + typeName(value) + "' object is not iterable");
        };
    }

    /// Python's `len`; a text counts code points.
    static long length(Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case View view -> view.items().size();
            case Undefined _ -> 0;
            case null, default -> throw new Fault("object of type '" + typeName(value) + "' has no len()");
        };
    }

    /// White space as `str.isspace` and `str.strip` see it.
    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /// A caller's value in the types the interpreter works with; maps must have text keys.
    static Object fromJava(Object value, int depth) {
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
