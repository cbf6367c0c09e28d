package dev.finetide.suitability.linear;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// A multinomial logistic regression over the words and pairs of words of a text, weighted by tf-idf and
/// of length 1. Equal texts, labels and seeds give equal models. A model may be used by several threads.
public final class LinearClassifier {
    /// Visits of texts in training, which decide how often each text is seen.
    public static final int VISITS = 100_000;

    private static final int FEWEST_EPOCHS = 3;
    private static final int MOST_EPOCHS = 100;

    /// Number of texts in which a pair of words must stand, so that it says anything about other texts.
    private static final int FEWEST_TEXTS_OF_A_PAIR = 2;

    /// The most words and pairs that count, the most frequent first: with 100 labels their weights take
    /// 40 MB.
    private static final int MOST_TERMS = 100_000;

    private static final float RATE = 2;

    /// Number of the term that every text has.
    private static final int EVERY_TEXT = 0;

    private final List<String> labels;
    private final LongIndex terms;
    private final float[] inverseFrequencies;
    /// Terms x labels.
    private final float[] weights;

    private LinearClassifier(List<String> labels, LongIndex terms, float[] inverseFrequencies) {
        this.labels = labels;
        this.terms = terms;
        this.inverseFrequencies = inverseFrequencies;
        this.weights = new float[(1 + terms.size()) * labels.size()];
    }

    /// A label and the probability that the model gives to it.
    public record Choice(String label, double probability) {}

    /// The weighted terms of a text.
    private record Example(int[] terms, float[] values) {}

    /// Trains a classifier.
    ///
    /// @param labels label of each text, of two or more different ones
    /// @throws IllegalArgumentException when the labels are fewer than two
    public static LinearClassifier train(List<String> texts, List<String> labels, long seed) {
        return train(texts.stream().map(TextTerms::wordsAndPairs).toList(), labels, seed, VISITS);
    }

    /// Trains a classifier of texts that are cut already.
    ///
    /// @param texts words and pairs of each text
    /// @param labels label of each text, of two or more different ones
    /// @param visits visits of texts in training; each text is visited three times at least
    /// @throws IllegalArgumentException when the labels are fewer than two
    public static LinearClassifier train(List<long[]> texts, List<String> labels, long seed, int visits) {
        List<String> different = List.copyOf(new TreeSet<>(labels));
        if (different.size() < 2) {
            throw new IllegalArgumentException("a linear model: expected train rows of two labels or more");
        }
        LongIndex found = new LongIndex();
        for (long[] text : texts) {
            for (long term : distinct(text)) {
                found.add(term);
            }
        }
        int[] frequent = frequent(found);
        LongIndex terms = new LongIndex();
        float[] inverse = new float[frequent.length];
        for (int i = 0; i < frequent.length; i++) {
            terms.add(found.key(frequent[i]));
            inverse[i] = (float) (Math.log((1.0 + texts.size()) / (1 + found.count(frequent[i]))) + 1);
        }
        LinearClassifier classifier = new LinearClassifier(different, terms, inverse);
        classifier.learn(
                texts.stream().map(classifier::example).toList(),
                labels.stream()
                        .mapToInt(label -> Collections.binarySearch(different, label))
                        .toArray(),
                Math.clamp(visits / texts.size(), FEWEST_EPOCHS, MOST_EPOCHS),
                seed);
        return classifier;
    }

    /// Returns the terms that count, the most frequent first.
    private static int[] frequent(LongIndex found) {
        return IntStream.range(0, found.size())
                .filter(term -> !TextTerms.isPair(found.key(term)) || found.count(term) >= FEWEST_TEXTS_OF_A_PAIR)
                .boxed()
                .sorted(Comparator.comparingInt((Integer term) -> -found.count(term))
                        .thenComparingLong(found::key))
                .limit(MOST_TERMS)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /// Learns by stochastic gradient descent on the log-likelihood, one text at a time.
    private void learn(List<Example> examples, int[] given, int epochs, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] order = IntStream.range(0, given.length).toArray();
        float[] scores = new float[labels.size()];
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (int i = order.length - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                int swapped = order[i];
                order[i] = order[other];
                order[other] = swapped;
            }
            for (int row : order) {
                Example example = examples.get(row);
                softmax(example, scores);
                scores[given[row]] -= 1;
                for (int i = 0; i < example.terms.length; i++) {
                    add(-RATE * example.values[i], scores, example.terms[i] * scores.length);
                }
            }
        }
    }

    private void add(float factor, float[] gradient, int start) {
        for (int label = 0; label < gradient.length; label++) {
            weights[start + label] += factor * gradient[label];
        }
    }

    /// Writes the probability of each label into `scores`.
    private void softmax(Example example, float[] scores) {
        Arrays.fill(scores, 0);
        for (int i = 0; i < example.terms.length; i++) {
            int start = example.terms[i] * scores.length;
            float value = example.values[i];
            for (int label = 0; label < scores.length; label++) {
                scores[label] += value * weights[start + label];
            }
        }
        float most = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            most = Math.max(most, score);
        }
        float sum = 0;
        for (int label = 0; label < scores.length; label++) {
            scores[label] = (float) Math.exp(scores[label] - most);
            sum += scores[label];
        }
        for (int label = 0; label < scores.length; label++) {
            scores[label] /= sum;
        }
    }

    /// Returns the most probable label of a text.
    public Choice classify(String text) {
        return classify(TextTerms.wordsAndPairs(text));
    }

    /// Returns the most probable label of a text that is cut already.
    public Choice classify(long[] text) {
        float[] scores = new float[labels.size()];
        softmax(example(text), scores);
        int best = 0;
        for (int label = 1; label < scores.length; label++) {
            if (scores[label] > scores[best]) {
                best = label;
            }
        }
        return new Choice(labels.get(best), scores[best]);
    }

    /// Returns the probability of each label for a text that is cut already.
    ///
    /// @param order labels in the order of the probabilities; one that the model does not know has
    ///     probability 0
    public double[] probabilities(long[] text, List<String> order) {
        float[] scores = new float[labels.size()];
        softmax(example(text), scores);
        return order.stream()
                .mapToInt(label -> Collections.binarySearch(labels, label))
                .mapToDouble(label -> label < 0 ? 0 : scores[label])
                .toArray();
    }

    /// Returns the number of words and pairs that the model knows.
    public int terms() {
        return inverseFrequencies.length;
    }

    private static long[] distinct(long[] text) {
        long[] sorted = text.clone();
        Arrays.sort(sorted);
        int distinct = 0;
        for (int i = 0; i < sorted.length; i++) {
            if (i == 0 || sorted[i] != sorted[i - 1]) {
                sorted[distinct++] = sorted[i];
            }
        }
        return Arrays.copyOf(sorted, distinct);
    }

    private Example example(long[] text) {
        int[] known = Arrays.stream(text)
                .mapToInt(terms::of)
                .filter(term -> term >= 0)
                .sorted()
                .toArray();
        int[] numbers = new int[known.length + 1];
        float[] values = new float[known.length + 1];
        int count = 1;
        numbers[0] = EVERY_TEXT;
        values[0] = 1;
        double squares = 0;
        for (int i = 0; i < known.length; ) {
            int end = i;
            while (end < known.length && known[end] == known[i]) {
                end++;
            }
            numbers[count] = 1 + known[i];
            values[count] = (end - i) * inverseFrequencies[known[i]];
            squares += (double) values[count] * values[count];
            count++;
            i = end;
        }
        float length = (float) Math.sqrt(squares);
        for (int i = 1; i < count; i++) {
            values[i] /= length;
        }
        return new Example(Arrays.copyOf(numbers, count), Arrays.copyOf(values, count));
    }
}
