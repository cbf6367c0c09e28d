package dev.finetide.suitability.lasting;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds versions of products that the question does not name.
final class Versions {
    private static final String DOTTED = "\\d{1,4}\\.\\d{1,4}(?:\\.\\d{1,5}){0,2}";
    private static final Pattern VERSION = Pattern.compile("(?<![\\p{L}\\d.])(?:"
            + "(?:version|versión|release|v) ?v?" + DOTTED
            // Products that are words of their own only with a dotted number
            + "|(?:go|rust|swift|edge|safari|react|vue|ruby|julia|scala|flask|django|spring boot|terraform|node) v?"
            + DOTTED
            + "|(?:python|java|jdk|php|kotlin|typescript|angular|node\\.js|nodejs|quarkus|kubernetes|postgres|postgresql"
            + "|mysql|mongodb|redis|kafka|ubuntu|debian|fedora|windows|macos|ios|ipados|android|chrome|firefox|iphone"
            + "|playstation|gpt|pytorch|tensorflow|cuda|numpy|pandas|\\.net|c\\+\\+)[ -]?v?\\d{1,4}(?:\\.\\d{1,4}){0,3}"
            + ")(?![\\p{L}\\d])");

    private Versions() {}

    static boolean areIn(AskedAnswer row) {
        if (row.answer().chars().noneMatch(c -> c >= '0' && c <= '9')) {
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
