package dev.finetide.jinja.value;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The arguments of one call, before they are matched with parameter names.
public record Arguments(List<Object> positional, Map<String, Object> named) {
    public static final Arguments NONE = new Arguments(List.of(), Map.of());

    public static Arguments of(Object... positional) {
        return new Arguments(Arrays.asList(positional), Map.of());
    }

    /// Matches the arguments with parameter names.
    ///
    /// @throws Fault when there are too many arguments, or a name is unknown or given twice
    public Bound bind(String... parameters) {
        if (positional.size() > parameters.length) {
            throw new Fault("takes at most " + parameters.length + " arguments, got " + positional.size());
        }
        Object[] values = new Object[parameters.length];
        boolean[] given = new boolean[parameters.length];
        for (int i = 0; i < positional.size(); i++) {
            values[i] = positional.get(i);
            given[i] = true;
        }
        for (Map.Entry<String, Object> entry : named.entrySet()) {
            int i = Arrays.asList(parameters).indexOf(entry.getKey());
            if (i < 0) {
                throw new Fault(
                        parameters.length == 0
                                ? "takes no arguments"
                                : "unexpected argument, there are: " + String.join(", ", parameters));
            }
            if (given[i]) {
                throw new Fault("argument '" + entry.getKey() + "' given twice");
            }
            values[i] = entry.getValue();
            given[i] = true;
        }
        return new Bound(parameters, values, given);
    }

    /// Returns the arguments from the second on, as `map('filter', …)` passes them to the filter that it names.
    public Arguments rest() {
        if (positional.isEmpty()) {
            throw new Fault("an argument is missing");
        }
        return new Arguments(positional.subList(1, positional.size()), named);
    }

    /// Arguments matched with parameters, read by position.
    public static final class Bound {
        private final String[] parameters;
        private final Object[] values;
        private final boolean[] given;

        private Bound(String[] parameters, Object[] values, boolean[] given) {
            this.parameters = parameters;
            this.values = values;
            this.given = given;
        }

        public boolean has(int i) {
            return given[i];
        }

        public Object get(int i) {
            if (!given[i]) {
                throw new Fault("argument '" + parameters[i] + "' is missing");
            }
            return values[i];
        }

        public Object get(int i, Object fallback) {
            return given[i] ? values[i] : fallback;
        }

        public boolean truth(int i, boolean fallback) {
            return given[i] ? Python.truth(values[i]) : fallback;
        }

        public String text(int i) {
            return text(get(i), i);
        }

        /// Returns the text, or the fallback where the argument is absent or None.
        public String text(int i, String fallback) {
            return given[i] && values[i] != null ? text(values[i], i) : fallback;
        }

        private String text(Object value, int i) {
            if (value instanceof String text) {
                return text;
            }
            throw new Fault("argument '" + parameters[i] + "' must be str, not " + Python.typeName(value));
        }

        public long integer(int i) {
            return integer(get(i), i);
        }

        public long integer(int i, long fallback) {
            return given[i] ? integer(values[i], i) : fallback;
        }

        private long integer(Object value, int i) {
            return switch (value) {
                case Long number -> number;
                case Boolean flag -> flag ? 1 : 0;
                case null, default ->
                    throw new Fault("argument '" + parameters[i] + "' must be int, not " + Python.typeName(value));
            };
        }
    }
}
