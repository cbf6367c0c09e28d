package dev.finetide.metrics.calls;

/// Reads replies whose calls stand behind a mark of the chat template. Marks are special tokens of some
/// tokenizers, which a decoder leaves out, so a reply of nothing but calls is read without them.
final class MarkedCalls {
    private static final String HERMES_START = "<tool_call>";
    private static final String HERMES_END = "</tool_call>";
    private static final String MISTRAL = "[TOOL_CALLS]";

    private MarkedCalls() {}

    /// Reads `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`, once for each call. The last end
    /// mark may be missing.
    static CallReply hermes(String reply) {
        CallReply.Builder found = new CallReply.Builder(reply);
        int start = reply.indexOf(HERMES_START);
        if (start < 0) {
            return unmarked(reply, CallScan.of(reply));
        }
        while (start >= 0) {
            int body = start + HERMES_START.length();
            int next = reply.indexOf(HERMES_START, body);
            int limit = next < 0 ? reply.length() : next;
            String part = reply.substring(body, limit);
            int length = part.indexOf(HERMES_END);
            boolean ends = length >= 0;
            add(CallScan.of(ends ? part.substring(0, length) : part), ends, found);
            found.piece(start, ends ? body + length + HERMES_END.length() : limit);
            start = next;
        }
        return found.build();
    }

    /// Reads `[TOOL_CALLS][{"name": ..., "arguments": {...}}, ...]` and the newer
    /// `[TOOL_CALLS]name[ARGS]{...}`, once for each call.
    static CallReply mistral(String reply) {
        int start = reply.indexOf(MISTRAL);
        if (start < 0) {
            CallReply named = NamedCalls.of(reply);
            return named.isEmpty() || !isAlone(reply, named) ? unmarked(reply, CallScan.of(reply)) : named;
        }
        CallReply.Builder found = new CallReply.Builder(reply);
        while (start >= 0) {
            int body = start + MISTRAL.length();
            int next = reply.indexOf(MISTRAL, body);
            int limit = next < 0 ? reply.length() : next;
            String part = reply.substring(body, limit);
            CallReply named = NamedCalls.of(part);
            add(named.isEmpty() ? CallScan.of(part) : named, next >= 0, found);
            found.piece(start, limit);
            start = next;
        }
        return found.build();
    }

    private static void add(CallReply part, boolean ends, CallReply.Builder found) {
        if (part.isEmpty()) {
            found.add(ends ? CallProblem.NOT_JSON : CallProblem.CUT_OFF);
        } else {
            found.add(part);
        }
    }

    /// Returns the calls of a reply without marks: all of them where the reply is nothing else.
    private static CallReply unmarked(String reply, CallReply scanned) {
        return isAlone(reply, scanned) || !scanned.problems().isEmpty()
                ? scanned
                : CallReply.refused(CallProblem.UNMARKED, scanned.size(), reply);
    }

    /// Returns whether nothing stands around the calls but separators and a fence of Markdown.
    private static boolean isAlone(String reply, CallReply found) {
        String rest = reply;
        for (String piece : found.pieces()) {
            rest = rest.replace(piece, "");
        }
        return rest.replace("```json", "")
                .chars()
                .allMatch(c -> Character.isWhitespace(c) || c == '`' || c == ';' || c == ',');
    }
}
