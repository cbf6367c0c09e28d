package dev.finetide.suitability.linear;

import dev.finetide.metrics.text.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.tribuo.Example;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.impl.ArrayExample;
import org.tribuo.math.optimisers.SGD;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/// A multinomial logistic regression over the words and pairs of words of a text, weighted by tf-idf and
/// of length 1. Equal texts, labels and seeds give equal models.
public final class LinearClassifier {
    /// Visits of texts in training, which decide how often each text is seen.
    public static final int VISITS = 100_000;

    private static final int FEWEST_EPOCHS = 3;
    private static final int MOST_EPOCHS = 100;

    /// Number of texts in which a pair of words must stand, so that it says anything about other texts.
    private static final int FEWEST_TEXTS_OF_A_PAIR = 2;

    /// The most words and pairs that count, the most frequent first: with 100 labels their weights take
    /// 80 MB.
    private static final int MOST_TERMS = 100_000;

    /// Tribuo's messages name the labels, which are answers of rows. The reference keeps the level.
    private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

    /// One text at a time: Tribuo adds the gradients of larger batches as whole matrices.
    private static final int BATCH = 1;

    private static final double RATE = 2;

    /// Name of the feature that every text has: Tribuo has no text without features.
    private static final String EVERY_TEXT = " ";

    private final Map<String, Double> inverseFrequencies;
    private final Model<Label> model;

    private LinearClassifier(Map<String, Double> inverseFrequencies, Model<Label> model) {
        this.inverseFrequencies = inverseFrequencies;
        this.model = model;
    }

    /// A label and the probability that the model gives to it.
    public record Choice(String label, double probability) {}

    /// Trains a classifier.
    ///
    /// @param labels label of each text, of two or more different ones
    /// @throws IllegalArgumentException when the labels are fewer than two
    public static LinearClassifier train(List<String> texts, List<String> labels, long seed) {
        return train(texts, labels, seed, VISITS);
    }

    /// Trains a classifier for a given time.
    ///
    /// @param labels label of each text, of two or more different ones
    /// @param visits visits of texts in training; each text is visited three times at least
    /// @throws IllegalArgumentException when the labels are fewer than two
    public static LinearClassifier train(List<String> texts, List<String> labels, long seed, int visits) {
        if (new HashSet<>(labels).size() < 2) {
            throw new IllegalArgumentException("a linear model: expected train rows of two labels or more");
        }
        TRIBUO.setLevel(Level.WARNING);
        Map<String, Double> frequencies = inverseFrequencies(texts);
        MutableDataset<Label> dataset = new MutableDataset<>(
                new SimpleDataSourceProvenance("train rows", new LabelFactory()), new LabelFactory());
        for (int i = 0; i < texts.size(); i++) {
            dataset.add(example(texts.get(i), new Label(labels.get(i)), frequencies));
        }
        int epochs = Math.clamp(visits / texts.size(), FEWEST_EPOCHS, MOST_EPOCHS);
        LinearSGDTrainer trainer =
                new LinearSGDTrainer(new LogMulticlass(), SGD.getSimpleSGD(RATE), epochs, -1, BATCH, seed);
        return new LinearClassifier(frequencies, trainer.train(dataset));
    }

    /// Returns the most probable label of a text.
    public Choice classify(String text) {
        Prediction<Label> prediction = model.predict(example(text, LabelFactory.UNKNOWN_LABEL, inverseFrequencies));
        return new Choice(
                prediction.getOutput().getLabel(), prediction.getOutput().getScore());
    }

    /// Returns the probability of each label for a text.
    ///
    /// @param labels labels in the order of the probabilities; one that the model does not know has
    ///     probability 0
    public double[] probabilities(String text, List<String> labels) {
        Map<String, Label> scores = model.predict(example(text, LabelFactory.UNKNOWN_LABEL, inverseFrequencies))
                .getOutputScores();
        double[] probabilities = new double[labels.size()];
        for (int i = 0; i < probabilities.length; i++) {
            Label label = scores.get(labels.get(i));
            probabilities[i] = label == null ? 0 : label.getScore();
        }
        return probabilities;
    }

    /// Returns the number of words and pairs that the model knows.
    public int terms() {
        return inverseFrequencies.size();
    }

    private static Map<String, Double> inverseFrequencies(List<String> texts) {
        Map<String, Integer> found = new HashMap<>();
        texts.forEach(text -> new HashSet<>(terms(text)).forEach(term -> found.merge(term, 1, Integer::sum)));
        return found.entrySet().stream()
                .filter(term -> !term.getKey().contains(" ") || term.getValue() >= FEWEST_TEXTS_OF_A_PAIR)
                .sorted(Comparator.comparing((Map.Entry<String, Integer> term) -> -term.getValue())
                        .thenComparing(Map.Entry::getKey))
                .limit(MOST_TERMS)
                .collect(Collectors.toMap(
                        Map.Entry::getKey, term -> Math.log((1.0 + texts.size()) / (1 + term.getValue())) + 1));
    }

    private static List<String> terms(String text) {
        List<String> words = Words.of(text);
        List<String> terms = new ArrayList<>(words);
        for (int i = 1; i < words.size(); i++) {
            terms.add(words.get(i - 1) + " " + words.get(i));
        }
        return terms;
    }

    private static Example<Label> example(String text, Label label, Map<String, Double> inverseFrequencies) {
        Map<String, Double> weights = new TreeMap<>();
        terms(text).stream()
                .filter(inverseFrequencies::containsKey)
                .forEach(term -> weights.merge(term, inverseFrequencies.get(term), Double::sum));
        double length = Math.sqrt(
                weights.values().stream().mapToDouble(weight -> weight * weight).sum());
        ArrayExample<Label> example = new ArrayExample<>(label);
        example.add(EVERY_TEXT, 1);
        weights.forEach((term, weight) -> example.add(term, weight / length));
        return example;
    }
}
