package dev.finetide.metrics.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The labels of a classification, found in texts without regard to case, punctuation and spaces.
public final class LabelIndex {
    private final List<String> labels;
    private final Map<String, Integer> exact = new HashMap<>();
    private final Map<String, Integer> folded = new HashMap<>();
    private int longest;

    public LabelIndex(List<String> labels) {
        this.labels = List.copyOf(labels);
        for (int i = 0; i < labels.size(); i++) {
            if (exact.putIfAbsent(labels.get(i).strip(), i) != null) {
                continue;
            }
            String key = key(labels.get(i));
            // Two labels that only case or punctuation tells apart, or without letters, are found by their exact text.
            folded.merge(key, i, (one, other) -> -1);
            longest = Math.max(longest, key.length());
        }
        folded.remove("");
        folded.values().removeIf(index -> index < 0);
    }

    /// Returns the position of the label that a text is, -1 where it is none.
    public int of(String text) {
        Integer index = exact.get(text.strip());
        return index != null ? index : folded.getOrDefault(key(text), -1);
    }

    /// Returns the label that a text names first, the longest of those that begin there.
    public Optional<String> firstNamedIn(String text) {
        int whole = of(text);
        if (whole >= 0) {
            return Optional.of(labels.get(whole));
        }
        List<String> words = Words.of(text);
        for (int start = 0; start < words.size(); start++) {
            StringBuilder key = new StringBuilder();
            int found = -1;
            for (int end = start; end < words.size() && key.length() < longest; end++) {
                key.append(words.get(end));
                found = folded.getOrDefault(key.toString(), found);
            }
            if (found >= 0) {
                return Optional.of(labels.get(found));
            }
        }
        return firstLiteralIn(text);
    }

    /// Finds labels that have no letters, as `:-)`, and those that only case or punctuation tells
    /// apart.
    private Optional<String> firstLiteralIn(String text) {
        int first = Integer.MAX_VALUE;
        String found = null;
        for (String label : exact.keySet()) {
            int at = label.isEmpty() || folded.containsKey(key(label)) ? -1 : text.indexOf(label);
            if (at >= 0 && (at < first || at == first && label.length() > found.length())) {
                first = at;
                found = label;
            }
        }
        return Optional.ofNullable(found).map(label -> labels.get(exact.get(label)));
    }

    private static String key(String text) {
        return String.join("", Words.of(text));
    }
}
