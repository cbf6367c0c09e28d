package dev.finetide.metrics.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Counts what two lists have in common.
public final class Overlap {
    private Overlap() {}

    /// Returns how often each n-gram of a list occurs.
    public static Map<List<String>, Integer> ngrams(List<String> tokens, int order) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (int start = 0; start + order <= tokens.size(); start++) {
            counts.merge(tokens.subList(start, start + order), 1, Integer::sum);
        }
        return counts;
    }

    /// Returns how many elements two multisets share.
    public static <T> int common(Map<T, Integer> a, Map<T, Integer> b) {
        int common = 0;
        for (Map.Entry<T, Integer> element : a.entrySet()) {
            common += Math.min(element.getValue(), b.getOrDefault(element.getKey(), 0));
        }
        return common;
    }

    /// Returns how many elements a multiset has.
    public static int size(Map<?, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// Returns the harmonic mean of precision and recall, 0 where nothing is shared.
    public static double f1(int common, int answered, int expected) {
        return common == 0 ? 0 : 2.0 * common / (answered + expected);
    }

    /// Returns the length of the longest common subsequence.
    public static int longestCommonSubsequence(List<String> a, List<String> b) {
        int[] above = new int[b.size() + 1];
        for (String token : a) {
            int diagonal = 0;
            for (int j = 1; j <= b.size(); j++) {
                int old = above[j];
                above[j] = token.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above[j], above[j - 1]);
                diagonal = old;
            }
        }
        return above[b.size()];
    }
}
