package dev.finetide.dataset.row;

/// Finds a part in a text in time that grows with the length of the text alone, whatever both are: the algorithm of
/// Knuth, Morris and Pratt for long parts. `String.indexOf` may need the product of the two lengths, which is hours for
/// texts of a few megabytes.
public final class TextSearch {
    /// Length of a part, in characters, up to which `String.indexOf` is fast enough.
    private static final int SHORT = 16;

    private final String part;
    /// Length of the longest proper prefix of the part that ends at each of its positions; empty for a short part.
    private final int[] prefixes;

    public TextSearch(String part) {
        this.part = part;
        this.prefixes = part.length() <= SHORT ? new int[0] : prefixes(part);
    }

    /// Returns the first position of the part from `from` on, or -1.
    public int in(String text, int from) {
        if (prefixes.length == 0) {
            return text.indexOf(part, from);
        }
        int matched = 0;
        for (int i = from; i < text.length(); i++) {
            matched = next(text.charAt(i), matched);
            if (matched == part.length()) {
                return i - matched + 1;
            }
        }
        return -1;
    }

    /// Counts the places of the part that do not overlap. An empty part stands before each character and at the end.
    public long countIn(String text) {
        if (part.isEmpty()) {
            return text.length() + 1L;
        }
        long count = 0;
        for (int at = in(text, 0); at >= 0; at = in(text, at + part.length())) {
            count++;
        }
        return count;
    }

    /// Replaces all places of the part that do not overlap.
    public String replaced(String text, String by) {
        if (prefixes.length == 0) {
            return text.replace(part, by);
        }
        StringBuilder out = new StringBuilder();
        int done = 0;
        for (int at = in(text, 0); at >= 0; at = in(text, done)) {
            out.append(text, done, at).append(by);
            done = at + part.length();
        }
        return out.append(text, done, text.length()).toString();
    }

    private int next(char c, int soFar) {
        int matched = soFar;
        while (matched > 0 && part.charAt(matched) != c) {
            matched = prefixes[matched - 1];
        }
        return part.charAt(matched) == c ? matched + 1 : matched;
    }

    private static int[] prefixes(String part) {
        int[] prefixes = new int[part.length()];
        for (int i = 1; i < prefixes.length; i++) {
            int matched = prefixes[i - 1];
            while (matched > 0 && part.charAt(matched) != part.charAt(i)) {
                matched = prefixes[matched - 1];
            }
            prefixes[i] = part.charAt(matched) == part.charAt(i) ? matched + 1 : matched;
        }
        return prefixes;
    }
}
