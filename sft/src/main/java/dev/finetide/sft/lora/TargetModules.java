package dev.finetide.sft.lora;

import dev.finetide.modelfiles.LinearLayers;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// The linear layers of a model that a LoRA run adapts, named by the rules of PEFT: `all-linear`; a regular
/// expression that matches the whole path of a module; or names, each of which is the path of a module or the
/// end of a path after a dot.
public final class TargetModules {
    private static final String ALL = "all-linear";
    private static final int MAX_PATTERN = 1000;

    private TargetModules() {}

    /// Returns the modules that entries name.
    ///
    /// @param entries `all-linear` alone, one regular expression, or names; an entry is a regular expression
    ///     when it has a character that names do not have
    /// @throws IllegalArgumentException when an entry names no linear layer of the model, or is no regular
    ///     expression
    public static Set<String> of(ModelConfig config, List<String> entries) {
        if (entries.equals(List.of(ALL))) {
            return matching(config, path -> true);
        }
        if (isPattern(entries)) {
            Pattern pattern = pattern(entries.getFirst());
            Set<String> modules = matching(config, path -> matches(pattern, path));
            if (modules.isEmpty()) {
                throw new IllegalArgumentException("the regular expression \"" + entries.getFirst()
                        + "\" matches no linear layer such as " + WeightLayout.path(0, "q_proj"));
            }
            return modules;
        }
        Set<String> modules = new LinkedHashSet<>();
        for (String entry : entries) {
            Set<String> named = matching(config, path -> path.equals(entry) || path.endsWith("." + entry));
            if (named.isEmpty()) {
                throw new IllegalArgumentException(
                        "\"" + entry + "\" names no linear layer; there are " + LinearLayers.NAMES);
            }
            modules.addAll(named);
        }
        return modules;
    }

    /// Returns the modules whose path, or whose path's end after a dot, matches an expression, as PEFT reads its
    /// patterns.
    ///
    /// @throws IllegalArgumentException when the expression is no regular expression
    static List<String> ending(String expression, Set<String> modules) {
        return whole("(?:.*\\.)?(?:" + expression + ")", modules);
    }

    /// Returns the modules whose whole path matches an expression.
    ///
    /// @throws IllegalArgumentException when the expression is no regular expression
    static List<String> whole(String expression, Set<String> modules) {
        Pattern pattern = pattern(expression);
        return modules.stream().filter(module -> matches(pattern, module)).toList();
    }

    /// Checks that entries have one of the three forms. The modules that they name depend on the model.
    ///
    /// @throws IllegalArgumentException when they have none of them
    public static void check(List<String> entries) {
        if (entries.equals(List.of(ALL))) {
            return;
        }
        if (isPattern(entries)) {
            pattern(entries.getFirst());
            return;
        }
        for (String entry : entries) {
            if (!LinearLayers.isNamedBy(entry)) {
                throw new IllegalArgumentException(
                        "\"" + entry + "\" names no linear layer; there are " + LinearLayers.NAMES);
            }
        }
    }

    private static boolean isPattern(List<String> entries) {
        return entries.size() == 1 && !entries.getFirst().matches("[A-Za-z0-9_.-]+");
    }

    private static Pattern pattern(String text) {
        if (text.length() > MAX_PATTERN) {
            throw new IllegalArgumentException(
                    "a regular expression of " + text.length() + " characters, expected at most " + MAX_PATTERN);
        }
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no regular expression: " + e.getDescription(), e);
        }
    }

    private static boolean matches(Pattern pattern, String path) {
        return pattern.matcher(new Bounded(path, new int[] {100_000})).matches();
    }

    private static Set<String> matching(ModelConfig config, Predicate<String> matches) {
        Set<String> modules = new LinkedHashSet<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (String linear : LinearLayers.NAMES) {
                String path = WeightLayout.path(layer, linear);
                if (matches.test(path)) {
                    modules.add(path);
                }
            }
        }
        return modules;
    }

    /// A text that ends the search of an expression that backtracks without end, because an adapter's config
    /// comes from an untrusted source.
    private record Bounded(String text, int[] looksLeft) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (looksLeft[0]-- == 0) {
                throw new IllegalArgumentException("the regular expression takes too long on \"" + text + "\"");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Bounded(text.substring(start, end), looksLeft);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
