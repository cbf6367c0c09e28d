package dev.finetide.sft.torch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// TorchScript read from resource files, with its constants filled in.
///
/// A file is valid Python, so that editors and linters read it, and has these parts:
///
/// - imports, for editors only; nothing of them is read;
/// - constants in capital letters, each on a line. `NAME: type = ...` gets its value from Java. `NAME = value`
///   states it, which also gives a long type a name. Every use of the name is replaced by the value. The types
///   that libtorch knows by a number (`FLOAT32`, `INT32`) have their values from here;
/// - `class Name(NamedTuple)`, a bundle of values, which methods of all files of a program may use;
/// - `class Name(Module)`, the methods. Those of all files of a program become methods of one object, so
///   `self` reaches methods of other files.
///
/// A condition that is a constant costs nothing where it is false: TorchScript leaves `if False:` out before
/// it looks at what is in it. Comments are left out.
///
/// @param bundles the text below the head of each NamedTuple, by the name of its class
/// @param methods the methods' text
public record TorchSource(Map<String, String> bundles, String methods) {
    /// libtorch's numbers of types (`c10/core/ScalarType.h`).
    private static final Map<String, Object> TYPES =
            Map.of("FLOAT32", Precision.FP32.scalarType(), "BFLOAT16", Precision.BF16.scalarType(), "INT32", 3);

    private static final Pattern COMMENT = Pattern.compile("\\s*#.*");
    private static final Pattern CONSTANT = Pattern.compile("([A-Z][A-Z0-9_]*)(?:: ([^=]+))? = (.+)");
    private static final Pattern CLASS = Pattern.compile("class (\\w+)\\((NamedTuple|Module)\\):");
    private static final Pattern NAME = Pattern.compile("\\b[A-Z][A-Z0-9_]*\\b");
    private static final String FROM_JAVA = "...";

    /// Reads a file.
    ///
    /// @param owner class in whose package the file is
    /// @param values for each constant that Java fills in a Boolean, a number, a text, or a list of those
    /// @throws IllegalArgumentException naming a constant that has no value, or a value that has no constant
    public static TorchSource read(Class<?> owner, String file, Map<String, ?> values) {
        try (InputStream in = owner.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalArgumentException("no resource " + file + " beside " + owner.getName());
            }
            return parse(file, new String(in.readAllBytes(), StandardCharsets.UTF_8), values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The sources of one program, which may use each other's bundles and methods.
    public static TorchSource join(List<TorchSource> sources) {
        Map<String, String> bundles = new LinkedHashMap<>();
        sources.forEach(source -> bundles.putAll(source.bundles));
        return new TorchSource(
                bundles, sources.stream().map(TorchSource::methods).collect(Collectors.joining()));
    }

    static TorchSource parse(String file, String text, Map<String, ?> values) {
        Map<String, String> constants = new HashMap<>();
        Set<String> unused = new HashSet<>(values.keySet());
        Map<String, StringBuilder> bundles = new LinkedHashMap<>();
        StringBuilder methods = new StringBuilder();
        StringBuilder body = new StringBuilder();
        for (String line : text.lines().toList()) {
            String code = COMMENT.matcher(line).replaceFirst("");
            Matcher constant = CONSTANT.matcher(code);
            Matcher type = CLASS.matcher(code);
            if (code.startsWith(" ")) {
                body.append(filled(file, code, constants)).append('\n');
            } else if (constant.matches()) {
                String name = constant.group(1);
                unused.remove(name);
                constants.put(
                        name,
                        constant.group(3).equals(FROM_JAVA)
                                ? literal(value(file, name, values), constant.group(2))
                                : filled(file, constant.group(3), constants));
            } else if (type.matches()) {
                body = type.group(2).equals("Module")
                        ? methods
                        : bundles.computeIfAbsent(type.group(1), name -> new StringBuilder());
            }
        }
        if (!unused.isEmpty()) {
            throw new IllegalArgumentException(file + " has no constant " + unused);
        }
        Map<String, String> texts = new LinkedHashMap<>();
        bundles.forEach((name, fields) -> texts.put(name, fields.toString()));
        return new TorchSource(texts, methods.toString());
    }

    private static Object value(String file, String name, Map<String, ?> values) {
        Object value = values.containsKey(name) ? values.get(name) : TYPES.get(name);
        if (value == null) {
            throw new IllegalArgumentException(file + ": no value for " + name);
        }
        return value;
    }

    private static String filled(String file, String code, Map<String, String> constants) {
        return NAME.matcher(code).replaceAll(name -> {
            String value = constants.get(name.group());
            if (value == null) {
                throw new IllegalArgumentException(file + ": no constant is called " + name.group());
            }
            return Matcher.quoteReplacement(value);
        });
    }

    private static String literal(Object value, String type) {
        return switch (value) {
            case Boolean flag -> flag ? "True" : "False";
            case Double number -> decimal(number);
            case Integer number -> number.toString();
            case String text -> "\"" + text + "\"";
            case List<?> list when list.isEmpty() -> "annotate(" + type + ", [])";
            case List<?> list ->
                list.stream().map(element -> literal(element, type)).collect(Collectors.joining(", ", "[", "]"));
            default -> throw new IllegalArgumentException("cannot write a " + value.getClass() + " in TorchScript");
        };
    }

    /// The number in full, always with a point.
    private static String decimal(double value) {
        String text = Double.toString(value).toLowerCase(Locale.ROOT);
        return text.contains(".") ? text : text + ".0";
    }
}
