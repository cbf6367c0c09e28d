package dev.finetide.sft.torch;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// TorchScript text with names, `$NAME`, for what is baked into it.
///
/// A condition that is baked in costs nothing where it is false: TorchScript leaves `if False:` out before
/// it looks at what is in it.
public final class TorchText {
    private static final Pattern NAME = Pattern.compile("\\$([A-Z][A-Z0-9_]*)");

    private TorchText() {}

    /// The text with all its names replaced.
    ///
    /// @param values for each name a Boolean, a number, text that is put in as it is, or a list of those
    /// @throws IllegalArgumentException naming what has no value, or a value that the text has no name for
    public static String fill(String text, Map<String, ?> values) {
        Set<String> unused = new HashSet<>(values.keySet());
        String filled = NAME.matcher(text).replaceAll(name -> {
            Object value = values.get(name.group(1));
            if (value == null) {
                throw new IllegalArgumentException("no value for " + name.group());
            }
            unused.remove(name.group(1));
            return Matcher.quoteReplacement(literal(value));
        });
        if (!unused.isEmpty()) {
            throw new IllegalArgumentException("the text has no " + unused);
        }
        return filled;
    }

    private static String literal(Object value) {
        return switch (value) {
            case Boolean flag -> flag ? "True" : "False";
            case Double number -> decimal(number);
            case Integer number -> number.toString();
            case String text -> text;
            case List<?> list -> list.stream().map(TorchText::literal).collect(Collectors.joining(", ", "[", "]"));
            default -> throw new IllegalArgumentException("cannot write a " + value.getClass() + " in TorchScript");
        };
    }

    /// Always with a point, never shortened.
    private static String decimal(double value) {
        String text = Double.toString(value).toLowerCase(Locale.ROOT);
        return text.contains(".") ? text : text + ".0";
    }
}
