package dev.finetide.suitability.linear;

import java.util.List;
import java.util.function.Function;

/// Answers texts by a linear model, or by the one label where there is no other.
public final class LinearAnswers {
    private LinearAnswers() {}

    /// Returns what answers a text that is cut already. Without any label the answer is empty.
    ///
    /// @param texts words and pairs of each text
    /// @param labels label of each text
    /// @param visits visits of texts in training
    public static Function<long[], String> trainedOn(List<long[]> texts, List<String> labels, long seed, int visits) {
        if (labels.stream().distinct().count() < 2) {
            String only = labels.isEmpty() ? "" : labels.getFirst();
            return _ -> only;
        }
        LinearClassifier model = LinearClassifier.train(texts, labels, seed, visits);
        return text -> model.classify(text).label();
    }
}
