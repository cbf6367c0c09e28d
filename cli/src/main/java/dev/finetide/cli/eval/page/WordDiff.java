package dev.finetide.cli.eval.page;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Finds the words in which two texts differ, by their longest common subsequence.
final class WordDiff {
    /// The most words of a text that are compared: the comparison takes their product in time and
    /// memory.
    private static final int MOST_WORDS = 600;

    /// Words, runs of white space, and single other characters.
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+|\\s+|.", Pattern.DOTALL);

    /// A stretch of the second text, or words of the first one that the second lacks.
    ///
    /// @param same whether both texts have it
    record Piece(String text, boolean same) {}

    private WordDiff() {}

    /// Returns the words of `text`, with those marked that `other` does not have at their place. Of
    /// long texts only the beginning is compared.
    static List<Piece> of(String text, String other) {
        List<String> words = words(text);
        List<String> others = words(other);
        boolean[] common = common(words, others);
        List<Piece> pieces = new ArrayList<>();
        StringBuilder run = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            if (i > 0 && common[i] != common[i - 1]) {
                pieces.add(new Piece(run.toString(), common[i - 1]));
                run.setLength(0);
            }
            run.append(words.get(i));
        }
        if (!words.isEmpty()) {
            pieces.add(new Piece(run.toString(), common[words.size() - 1]));
        }
        return pieces;
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>(WORD.matcher(text)
                .results()
                .limit(MOST_WORDS)
                .map(MatchResult::group)
                .toList());
        int length = words.stream().mapToInt(String::length).sum();
        if (length < text.length()) {
            words.add(text.substring(length));
        }
        return words;
    }

    /// Returns for each word whether it belongs to the longest common subsequence.
    private static boolean[] common(List<String> words, List<String> others) {
        int[][] longest = new int[words.size() + 1][others.size() + 1];
        for (int i = words.size() - 1; i >= 0; i--) {
            for (int j = others.size() - 1; j >= 0; j--) {
                longest[i][j] = words.get(i).equals(others.get(j))
                        ? longest[i + 1][j + 1] + 1
                        : Math.max(longest[i + 1][j], longest[i][j + 1]);
            }
        }
        boolean[] common = new boolean[words.size()];
        for (int i = 0, j = 0; i < words.size() && j < others.size(); ) {
            if (words.get(i).equals(others.get(j))) {
                common[i] = true;
                i++;
                j++;
            } else if (longest[i + 1][j] >= longest[i][j + 1]) {
                i++;
            } else {
                j++;
            }
        }
        return common;
    }
}
