package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.json.JsonBrackets;
import dev.finetide.metrics.json.JsonText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads calls in the newer form of Mistral: the name, perhaps an id, and the arguments as JSON, as in
/// `get_weather[ARGS]{"city": "Oslo"}`. The marks between them may be missing.
final class NamedCalls {
    private static final Pattern HEAD =
            Pattern.compile("\\s*+([\\w.-]++)\\s*+(?:\\[CALL_ID\\]\\s*+[\\w-]++\\s*+)?+(?:\\[ARGS\\]\\s*+)?+(?=\\{)");

    private NamedCalls() {}

    /// Returns the call with which the text begins, and those that follow it; nothing where it begins
    /// otherwise.
    static CallReply of(String text) {
        CallReply.Builder found = new CallReply.Builder(text);
        Matcher head = HEAD.matcher(text);
        int at = 0;
        while (head.region(at, text.length()).lookingAt()) {
            int end = JsonBrackets.end(text, head.end());
            if (end < 0) {
                found.add(CallProblem.CUT_OFF);
                found.piece(at, text.length());
                break;
            }
            Optional<JsonNode> arguments = JsonText.parse(text.substring(head.end(), end));
            if (arguments.isPresent()) {
                found.add(new Call(head.group(1), arguments.get()));
            } else {
                found.add(CallProblem.NOT_JSON);
            }
            found.piece(at, end);
            at = end;
        }
        return found.build();
    }
}
