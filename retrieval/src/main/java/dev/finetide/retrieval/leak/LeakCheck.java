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

    private final int fewestWords;
    private final List<List<String>> answers;

    /// Answers by their first words. Of equal answers the first stands for all.
    private final Map<List<String>, List<Integer>> byBeginning = new HashMap<>();

    private final Map<List<String>, List<Integer>> equal = new HashMap<>();
    private int tooShort;

    /// @param fewestWords fewest words of an answer that is looked for, at least 1; in scripts without spaces a
    ///     character is a word
    public LeakCheck(List<String> answers, int fewestWords) {
        if (fewestWords < 1) {
            throw new IllegalArgumentException("an answer that is looked for has at least 1 word, not " + fewestWords);
        }
        this.fewestWords = fewestWords;
        this.answers = answers.stream().map(NormalWords::of).toList();
        for (int i = 0; i < this.answers.size(); i++) {
            List<String> words = this.answers.get(i);
            if (words.size() < fewestWords) {
                tooShort++;
                continue;
            }
            List<Integer> same = equal.computeIfAbsent(words, _ -> new ArrayList<>());
            same.add(i);
            if (same.size() == 1) {
                byBeginning
                        .computeIfAbsent(words.subList(0, fewestWords), _ -> new ArrayList<>())
                        .add(i);
            }
        }
    }

    /// Looks for the answers in the texts of an index, reading each text once.
    public LeakReport in(Iterable<String> texts) {
        Map<Integer, Integer> found = new TreeMap<>();
        int position = 0;
        for (String text : texts) {
            List<String> words = NormalWords.of(text);
            for (int at = 0; at + fewestWords <= words.size(); at++) {
                for (int answer : byBeginning.getOrDefault(words.subList(at, at + fewestWords), List.of())) {
                    if (standsAt(answers.get(answer), words, at)) {
                        found.putIfAbsent(answer, position);
                    }
                }
            }
            position++;
        }
        Map<Integer, Integer> all = new TreeMap<>();
        found.forEach((answer, passage) -> equal.get(answers.get(answer)).forEach(same -> all.put(same, passage)));
        return new LeakReport(
                answers.size() - tooShort,
                tooShort,
                all.entrySet().stream()
                        .map(leak -> new LeakReport.Leak(leak.getKey(), leak.getValue()))
                        .toList());
    }

    private static boolean standsAt(List<String> answer, List<String> words, int at) {
        return at + answer.size() <= words.size()
                && words.subList(at, at + answer.size()).equals(answer);
    }
}
