package dev.finetide.metrics;

import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.CallProblem;
import dev.finetide.metrics.calls.CallReply;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Cuts calls out, as they stand in the reply, and says of those that cannot be read why. Reading the
/// answer gives the same calls as reading the reply.
final class CallRule implements AnswerRule {
    private final CallConvention convention;

    CallRule(CallConvention convention) {
        this.convention = convention;
    }

    @Override
    public String describe() {
        return "The answer is " + convention.described() + ", or the whole reply where it calls nothing.";
    }

    @Override
    public String cut(String output) {
        CallReply calls = convention.read(output);
        if (calls.isEmpty()) {
            return output.strip();
        }
        Stream<String> problems =
                calls.problems().stream().distinct().map(CallProblem::sentence).map(sentence -> "(" + sentence + ")");
        return Stream.concat(calls.pieces().stream(), problems).collect(Collectors.joining("\n"));
    }
}
