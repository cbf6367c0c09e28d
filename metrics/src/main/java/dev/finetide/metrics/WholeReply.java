package dev.finetide.metrics;

/// Takes the whole reply for the answer.
final class WholeReply implements AnswerRule {
    @Override
    public String describe() {
        return "The answer is the whole reply without white space around it.";
    }

    @Override
    public String cut(String output) {
        return output.strip();
    }
}
