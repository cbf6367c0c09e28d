package dev.finetide.suitability.relation;

import dev.finetide.suitability.linear.LongIndex;
import dev.finetide.suitability.linear.TextTerms;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/// Finds the texts that are most similar to a text: the cosine of words weighted by tf-idf, in memory. Equal
/// similarities are ordered by place. Safe for use by several threads.
public final class NearestQuestions {
    private final LongIndex words = new LongIndex();
    /// Weight of each word.
    private final float[] inverse;
    /// Texts that have a word, and its weight in them.
    private final int[][] places;
    private final float[][] weights;
    private final int size;

    public NearestQuestions(List<String> texts) {
        this.size = texts.size();
        int[][] wordsOf = new int[size][];
        for (int place = 0; place < size; place++) {
            wordsOf[place] = Arrays.stream(TextTerms.words(texts.get(place)))
                    .mapToInt(words::add)
                    .sorted()
                    .toArray();
        }
        int[] textsWith = new int[words.size()];
        for (int[] of : wordsOf) {
            for (int i = 0; i < of.length; i++) {
                textsWith[of[i]] += i == 0 || of[i] != of[i - 1] ? 1 : 0;
            }
        }
        this.inverse = new float[words.size()];
        this.places = new int[words.size()][];
        this.weights = new float[words.size()][];
        for (int word = 0; word < inverse.length; word++) {
            inverse[word] = (float) (Math.log((1.0 + size) / (1 + textsWith[word])) + 1);
            places[word] = new int[textsWith[word]];
            weights[word] = new float[textsWith[word]];
        }
        int[] filled = new int[inverse.length];
        for (int place = 0; place < size; place++) {
            Weighted text = weighted(wordsOf[place]);
            for (int i = 0; i < text.words.length; i++) {
                int word = text.words[i];
                places[word][filled[word]] = place;
                weights[word][filled[word]++] = text.weights[i];
            }
        }
    }

    private record Weighted(int[] words, float[] weights) {}

    /// @param sorted words of a text, sorted
    private Weighted weighted(int[] sorted) {
        int[] different = new int[sorted.length];
        float[] weight = new float[sorted.length];
        int count = 0;
        double squares = 0;
        for (int i = 0; i < sorted.length; ) {
            int end = i;
            while (end < sorted.length && sorted[end] == sorted[i]) {
                end++;
            }
            different[count] = sorted[i];
            weight[count] = (end - i) * inverse[sorted[i]];
            squares += (double) weight[count] * weight[count];
            count++;
            i = end;
        }
        float length = (float) Math.sqrt(squares);
        for (int i = 0; i < count; i++) {
            weight[i] /= length;
        }
        return new Weighted(Arrays.copyOf(different, count), Arrays.copyOf(weight, count));
    }

    /// Returns the similarity of each text to a text, from 0 to 1. Words that no text has do not count.
    public float[] similarities(String text) {
        Weighted asked = weighted(Arrays.stream(TextTerms.words(text))
                .mapToInt(words::of)
                .filter(word -> word >= 0)
                .sorted()
                .toArray());
        float[] similarities = new float[size];
        for (int i = 0; i < asked.words.length; i++) {
            int[] of = places[asked.words[i]];
            float[] weight = weights[asked.words[i]];
            for (int j = 0; j < of.length; j++) {
                similarities[of[j]] += asked.weights[i] * weight[j];
            }
        }
        return similarities;
    }

    /// Returns the place with the largest similarity among those that may be used, -1 for none.
    public static int best(float[] similarities, IntPredicate mayUse) {
        int best = -1;
        for (int place = 0; place < similarities.length; place++) {
            if ((best < 0 || similarities[place] > similarities[best]) && mayUse.test(place)) {
                best = place;
            }
        }
        return best;
    }
}
