package dev.finetide.metrics.overlap;

import dev.finetide.metrics.Answered;
import dev.finetide.metrics.text.Overlap;
import dev.finetide.metrics.text.RougeWords;
import dev.finetide.metrics.text.Words;
import java.util.List;

/// ROUGE as rouge-score computes it without its stemmer. Where a reference has no word for
/// rouge-score, which knows ASCII letters and digits only, words of any script are taken on both
/// sides.
///
/// @param answer words of the answer
/// @param expected words of the reference
record Rouge(List<String> answer, List<String> expected) {
    static double ofNgrams(Answered row, int order) {
        Rouge words = words(row);
        int common = Overlap.common(Overlap.ngrams(words.answer, order), Overlap.ngrams(words.expected, order));
        return Overlap.f1(
                common, Math.max(0, words.answer.size() - order + 1), Math.max(0, words.expected.size() - order + 1));
    }

    static double ofLongestSubsequence(Answered row) {
        Rouge words = words(row);
        return Overlap.f1(
                Overlap.longestCommonSubsequence(words.answer, words.expected),
                words.answer.size(),
                words.expected.size());
    }

    private static Rouge words(Answered row) {
        List<String> expected = RougeWords.of(row.expected());
        return expected.isEmpty()
                ? new Rouge(Words.of(row.answer()), Words.of(row.expected()))
                : new Rouge(RougeWords.of(row.answer()), expected);
    }
}
