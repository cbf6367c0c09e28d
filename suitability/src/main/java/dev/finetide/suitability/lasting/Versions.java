package dev.finetide.suitability.lasting;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Finds versions of products that the question does not name.
final class Versions {
    private static final String DOTTED = "\\d{1,4}\\.\\d{1,4}(?:\\.\\d{1,5}){0,2}";
    /// Products whose names are words, too. They count with a number that has a point.
    private static final List<String> WORDS = List.of(
            "go",
            "rust",
            "swift",
            "microsoft edge",
            "safari",
            "react",
            "vue",
            "ruby",
            "julia",
            "scala",
            "flask",
            "django",
            "spring boot",
            "terraform",
            "node");

    private static final List<String> PRODUCTS = List.of(
            "python",
            "java",
            "jdk",
            "php",
            "kotlin",
            "typescript",
            "angular",
            "node.js",
            "nodejs",
            "quarkus",
            "kubernetes",
            "postgres",
            "postgresql",
            "mysql",
            "mongodb",
            "redis",
            "kafka",
            "ubuntu",
            "debian",
            "fedora",
            "windows",
            "macos",
            "ios",
            "ipados",
            "android",
            "chrome",
            "firefox",
            "iphone",
            "playstation",
            "gpt",
            "pytorch",
            "tensorflow",
            "cuda",
            "numpy",
            "pandas",
            ".net",
            "c++");

    private static final Pattern VERSION =
            Pattern.compile("(?<![\\p{L}\\d.])(?:(?:version|versión|release|v) ?v?" + DOTTED
                    + "|" + anyOf(WORDS) + " v?" + DOTTED
                    + "|" + anyOf(PRODUCTS) + "[ -]?v?\\d{1,4}(?:\\.\\d{1,4}){0,3})(?![\\p{L}\\d])");

    /// Most texts have none of these, and need no search by the pattern.
    private static final List<String> SIGNS = Stream.of(List.of("version", "versión", "release"), WORDS, PRODUCTS)
            .flatMap(List::stream)
            .toList();

    private static final Pattern SHORT = Pattern.compile("v ?\\d");

    private Versions() {}

    private static String anyOf(List<String> names) {
        return names.stream().map(Pattern::quote).collect(Collectors.joining("|", "(?:", ")"));
    }

    static boolean areIn(AskedAnswer row) {
        if (!row.hasDigits()
                || !row.hasAny(SIGNS) && !SHORT.matcher(row.answer()).find()) {
            return false;
        }
        Matcher version = VERSION.matcher(row.answer());
        while (version.find()) {
            if (!row.isAsked(version.group())) {
                return true;
            }
        }
        return false;
    }
}
