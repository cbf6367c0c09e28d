package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.json.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// The calls that a row expects: one list of calls, or several of which any is right. A list without
/// calls says that no call is right.
public final class ExpectedCalls {
    private final List<List<ExpectedCall>> alternatives;

    private ExpectedCalls(List<List<ExpectedCall>> alternatives) {
        this.alternatives = alternatives;
    }

    /// Reads a reference.
    ///
    /// @param text JSON: a list of calls as models or OpenAI's API write them, whose texts must be
    ///     met exactly; or `[{"name": {"argument": [accepted values]}}]` as the Berkeley leaderboard
    ///     writes, whose texts are compared by its rule; or a list of such lists, of which any is right
    /// @param tools tools of the row, whose defaults and required arguments count
    /// @throws UnusableReference where the text is none of these
    public static ExpectedCalls of(String text, Tools tools) {
        return of(text, tools, TextRule.EXACT);
    }

    /// Reads a reference.
    ///
    /// @param texts rule for texts of calls that are not in the Berkeley form
    /// @throws UnusableReference where the text is no reference
    public static ExpectedCalls of(String text, Tools tools, TextRule texts) {
        JsonNode reference =
                JsonText.parse(text).orElseThrow(() -> new UnusableReference("The acceptable calls are not JSON"));
        List<List<ExpectedCall>> alternatives = new ArrayList<>();
        if (reference.isArray() && !reference.isEmpty() && reference.get(0).isArray()) {
            for (JsonNode alternative : reference) {
                alternatives.add(calls(alternative, tools, texts));
            }
        } else {
            alternatives.add(calls(reference, tools, texts));
        }
        return new ExpectedCalls(alternatives);
    }

    /// Makes a reference of calls that were read.
    static ExpectedCalls of(List<Call> calls, Tools tools, TextRule texts) {
        return new ExpectedCalls(
                List.of(calls.stream().map(call -> exact(call, tools, texts)).toList()));
    }

    /// Returns the largest number that the reply has among the lists of which any is right.
    ///
    /// @param score gives 1 for the best reply and 0 for the worst
    public double best(CallReply reply, ToDoubleFunction<CallMatching> score) {
        double best = 0;
        for (List<ExpectedCall> alternative : alternatives) {
            best = Math.max(best, score.applyAsDouble(new CallMatching(alternative, reply)));
        }
        return best;
    }

    private static List<ExpectedCall> calls(JsonNode list, Tools tools, TextRule texts) {
        if (list.isObject()) {
            return List.of(call(list, tools, texts));
        }
        if (!list.isArray()) {
            throw new UnusableReference("The acceptable calls are no list of calls");
        }
        List<ExpectedCall> calls = new ArrayList<>();
        list.forEach(call -> calls.add(call(call, tools, texts)));
        return calls;
    }

    private static ExpectedCall call(JsonNode call, Tools tools, TextRule texts) {
        if (CallJson.looksLikeCall(call)) {
            CallReply.Builder read = new CallReply.Builder("");
            CallJson.read(call, read);
            CallReply reply = read.build();
            if (reply.calls().isEmpty()) {
                throw new UnusableReference("An acceptable call has no name, or arguments that are no JSON object");
            }
            return exact(reply.calls().getFirst(), tools, texts);
        }
        if (call.isObject() && call.size() == 1) {
            Map.Entry<String, JsonNode> only = call.properties().iterator().next();
            if (only.getValue().isObject()) {
                return new ExpectedCall(
                        only.getKey(),
                        only.getValue(),
                        true,
                        tools.arguments(only.getKey()),
                        new Values(TextRule.BERKELEY));
            }
        }
        throw new UnusableReference("An acceptable call has neither a name nor lists of accepted values");
    }

    private static ExpectedCall exact(Call call, Tools tools, TextRule texts) {
        return new ExpectedCall(call.name(), call.arguments(), false, tools.arguments(call.name()), new Values(texts));
    }
}
