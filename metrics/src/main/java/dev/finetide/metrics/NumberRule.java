package dev.finetide.metrics;

import dev.finetide.metrics.text.Numbers;

/// Cuts the number out that a derivation ends in.
final class NumberRule implements AnswerRule {
    @Override
    public String describe() {
        return "The answer is the number after the last ####, else the number in the last \\boxed{}, else the last number of the reply.";
    }

    @Override
    public String cut(String output) {
        return Numbers.last(output).orElseGet(output::strip);
    }
}
