package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.json.JsonBrackets;
import dev.finetide.metrics.json.JsonText;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Finds calls that stand as JSON anywhere in a text: one after the other, in lists, between sentences
/// and in fences of Markdown. Other JSON is skipped.
final class CallScan {
    /// A text of nothing but brackets is searched for their ends only so far, in characters.
    private static final long MOST_STEPS = 5_000_000;

    private static final long STEPS_A_CHARACTER = 20;

    /// The beginning of an object that is meant as a call.
    private static final Pattern BEGINNING = Pattern.compile(
            "\\{\\s*+[\"'](?:(?:name|function|function_call|tool_calls)[\"']\\s*+:|type[\"']\\s*+:\\s*+[\"']function[\"'])");

    private static final List<String> WRAPPERS = List.of("tool_calls", "function_call");

    private final String text;
    private final CallReply.Builder found;
    private long left;
    /// The start of a call whose end is not known, -1 where there is none.
    private int open = -1;

    private CallScan(String text) {
        this.text = text;
        this.found = new CallReply.Builder(text);
        this.left = MOST_STEPS + STEPS_A_CHARACTER * text.length();
    }

    /// Returns the calls of a text.
    static CallReply of(String text) {
        return new CallScan(text).scan();
    }

    private CallReply scan() {
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '{' && c != '[') {
                at++;
                continue;
            }
            int end = JsonBrackets.end(text, at);
            left -= (end < 0 ? text.length() : end) - at;
            if (left < 0) {
                return CallReply.refused(CallProblem.TOO_LONG, 1, text);
            }
            at = end < 0 ? broken(at) : balanced(at, end);
        }
        close(text.length());
        return found.build();
    }

    /// Reads the text between two brackets, and returns where to go on.
    private int balanced(int start, int end) {
        Optional<JsonNode> value = JsonText.parse(text.substring(start, end));
        if (value.isPresent()) {
            int before = found.size();
            read(value.get());
            if (found.size() > before) {
                close(start);
                found.piece(start, end);
            }
            return end;
        }
        if (!isBeginning(start)) {
            return start + 1;
        }
        close(start);
        found.add(CallProblem.NOT_JSON);
        found.piece(start, end);
        return end;
    }

    private int broken(int start) {
        if (isBeginning(start)) {
            close(start);
            found.add(CallProblem.CUT_OFF);
            open = start;
        }
        return start + 1;
    }

    private void close(int end) {
        if (open >= 0) {
            found.piece(open, end);
            open = -1;
        }
    }

    private boolean isBeginning(int start) {
        return BEGINNING.matcher(text).region(start, text.length()).lookingAt();
    }

    private void read(JsonNode value) {
        if (CallJson.looksLikeCall(value)) {
            CallJson.read(value, found);
            return;
        }
        if (value.isObject()) {
            WRAPPERS.stream().map(value::path).filter(JsonNode::isContainerNode).forEach(this::read);
            return;
        }
        boolean hasCalls = false;
        for (JsonNode element : value) {
            hasCalls |= CallJson.looksLikeCall(element);
        }
        if (!hasCalls) {
            return;
        }
        for (JsonNode element : value) {
            if (CallJson.looksLikeCall(element)) {
                CallJson.read(element, found);
            } else {
                found.add(CallProblem.NO_CALL);
            }
        }
    }
}
