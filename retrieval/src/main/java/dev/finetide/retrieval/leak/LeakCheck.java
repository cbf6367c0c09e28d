package dev.finetide.retrieval.leak;

import dev.finetide.retrieval.words.NormalWords;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Finds held-out answers that stand word for word in what a retriever searches. Where they do, an arm can copy
/// what it should find out. Words are compared without case, punctuation and forms of writing, so that a comma
/// hides nothing.
public final class LeakCheck {
    /// Fewest words of an answer that is looked for, where the caller sets no other number.
    public static final int FEWEST_WORDS = 5;

    private final int answers;
    private final int tooShort;
    private final Node root = new Node();

    /// A beginning that answers share. Answers that share a long beginning, as polite ones do, are told apart in
    /// one walk.
    private static final class Node {
        private final Map<String, Node> next = new HashMap<>();
        private final List<Integer> ending = new ArrayList<>();
    }

    /// @param fewestWords fewest words of an answer that is looked for, at least 1; in scripts without spaces a
    ///     character is a word
    public LeakCheck(List<String> answers, int fewestWords) {
        if (fewestWords < 1) {
            throw new IllegalArgumentException("an answer that is looked for has at least 1 word, not " + fewestWords);
        }
        int left = 0;
        for (int i = 0; i < answers.size(); i++) {
            List<String> words = NormalWords.of(answers.get(i));
            if (words.size() < fewestWords) {
                left++;
                continue;
            }
            Node node = root;
            for (String word : words) {
                node = node.next.computeIfAbsent(word, _ -> new Node());
            }
            node.ending.add(i);
        }
        this.answers = answers.size();
        this.tooShort = left;
    }

    /// Looks for the answers in the texts of an index, reading each text once.
    public LeakReport in(Iterable<String> texts) {
        Map<Integer, Integer> found = new TreeMap<>();
        int position = 0;
        for (String text : texts) {
            List<String> words = NormalWords.of(text);
            for (int at = 0; at < words.size(); at++) {
                findAt(words, at, position, found);
            }
            position++;
        }
        List<LeakReport.Leak> leaks = found.entrySet().stream()
                .map(leak -> new LeakReport.Leak(leak.getKey(), leak.getValue()))
                .toList();
        return new LeakReport(answers - tooShort, tooShort, leaks);
    }

    private void findAt(List<String> words, int at, int position, Map<Integer, Integer> found) {
        Node node = root.next.get(words.get(at));
        for (int behind = at + 1; node != null; behind++) {
            for (int answer : node.ending) {
                found.putIfAbsent(answer, position);
            }
            node = behind < words.size() ? node.next.get(words.get(behind)) : null;
        }
    }
}
