package dev.finetide.suitability.relation;

import java.util.Arrays;
import java.util.OptionalDouble;

/// How many bits an answer holds, and how many are left when the question is known.
///
/// @param bits entropy of all answers
/// @param conditional entropy of the answers of one question, over rows whose question stands twice or more; empty
/// where
///     these are too few
/// @param repeated number of those rows
record AnswerEntropy(double bits, OptionalDouble conditional, long repeated) {
    /// Rows with repeated questions below which nothing is said about them.
    static final int FEWEST_REPEATED = 30;

    static AnswerEntropy of(QuestionIndex index) {
        double[] sum = {0};
        index.equalAnswers(places -> sum[0] -= places.length * log2((double) places.length / index.size()));
        double[] left = {0};
        long[] repeated = {0};
        index.equalQuestions(places -> {
            repeated[0] += places.length;
            left[0] += places.length * bits(places, index);
        });
        return new AnswerEntropy(
                index.size() == 0 ? 0 : Math.max(0, sum[0] / index.size()),
                repeated[0] < FEWEST_REPEATED
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(Math.max(0, left[0] / repeated[0])),
                repeated[0]);
    }

    private static double bits(int[] places, QuestionIndex index) {
        long[] answers = Arrays.stream(places).mapToLong(index::answer).sorted().toArray();
        double bits = 0;
        for (int start = 0; start < answers.length; ) {
            int end = start;
            while (end < answers.length && answers[end] == answers[start]) {
                end++;
            }
            double share = (double) (end - start) / answers.length;
            bits -= share * log2(share);
            start = end;
        }
        return bits;
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }
}
