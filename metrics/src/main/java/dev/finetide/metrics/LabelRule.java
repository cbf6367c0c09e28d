package dev.finetide.metrics;

import dev.finetide.metrics.text.LabelIndex;
import java.util.List;

/// Cuts the label out that a reply names first.
final class LabelRule implements AnswerRule {
    private final LabelIndex labels;

    LabelRule(List<String> labels) {
        this.labels = new LabelIndex(labels);
    }

    @Override
    public String describe() {
        return "The answer is the label that the reply names first, in whole words and without regard to case and punctuation; of several that begin there, the longest.";
    }

    @Override
    public String cut(String output) {
        return labels.firstNamedIn(output).orElseGet(output::strip);
    }
}
