package dev.finetide.metrics;

import dev.finetide.metrics.json.FirstJson;

/// Cuts the first JSON object or array out.
final class JsonRule implements AnswerRule {
    @Override
    public String describe() {
        return "The answer is the first JSON object or array in the reply, from its opening bracket to the one that closes it.";
    }

    @Override
    public String cut(String output) {
        return FirstJson.in(output).orElseGet(output::strip);
    }
}
