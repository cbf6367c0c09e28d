package dev.finetide.metrics;

import dev.finetide.metrics.text.BoundedPattern;

/// Cuts with a regular expression of the user's.
final class PatternRule implements AnswerRule {
    private final String regex;
    private final BoundedPattern pattern;

    PatternRule(String regex) {
        this.regex = regex;
        this.pattern = BoundedPattern.of(regex);
    }

    @Override
    public String describe() {
        return "The answer is what the first group of the pattern " + regex
                + " matches first, else the whole reply without white space around it.";
    }

    @Override
    public String cut(String output) {
        return pattern.firstIn(output).orElse(output).strip();
    }
}
