package dev.finetide.metrics;

import dev.finetide.metrics.text.Numbers;

/// Cuts the number out that a derivation ends in.
final class NumberRule implements AnswerRule {
    @Override
    public String describe() {
        return "The answer is the number after the first ####, else the last number in the last \\boxed{}, else the last number of the reply.";
    }

    @Override
    public String cut(String output) {
        return Numbers.answerIn(output).orElseGet(output::strip);
    }
}
