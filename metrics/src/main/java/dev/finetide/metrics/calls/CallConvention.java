package dev.finetide.metrics.calls;

import dev.finetide.metrics.json.JsonText;
import java.util.Locale;
import java.util.regex.Pattern;

/// The form in which a model writes calls, which its chat template shows.
public enum CallConvention {
    /// `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`, as Hermes and Qwen write.
    HERMES("each JSON object between <tool_call> and </tool_call>"),
    /// `{"name": ..., "parameters": {...}}`, perhaps after `<|python_tag|>`, several with `;` between
    /// them, as Llama 3 writes.
    LLAMA3("each JSON object in the reply with a name and parameters"),
    /// `[TOOL_CALLS]` before a list of objects, or before a name, `[ARGS]` and an object.
    MISTRAL("each call after [TOOL_CALLS]"),
    /// Objects and lists of them, also in fences and in the form of OpenAI's API.
    PLAIN_JSON("each JSON object in the reply with a name and arguments");

    private static final Pattern COMMENT = Pattern.compile("\\{#.*?#\\}", Pattern.DOTALL);
    private static final Pattern PARAMETERS = Pattern.compile("\"parameters\\\\?\"\\s*:");
    private static final String PYTHON_TAG = "<|python_tag|>";
    private static final String THOUGHT = "<think>";
    private static final String END_OF_THOUGHT = "</think>";

    private final String described;

    CallConvention(String described) {
        this.described = described;
    }

    /// Returns the convention of a chat template; plain JSON where the template shows none.
    ///
    /// @param chatTemplate text of the template, in Jinja
    public static CallConvention of(String chatTemplate) {
        String text = COMMENT.matcher(chatTemplate).replaceAll("");
        if (text.contains("[TOOL_CALLS]")) {
            return MISTRAL;
        }
        if (text.contains("<tool_call>")) {
            return HERMES;
        }
        if (text.contains(PYTHON_TAG) || PARAMETERS.matcher(text).find()) {
            return LLAMA3;
        }
        return PLAIN_JSON;
    }

    /// Returns the calls of a reply. Text around them does not matter. Calls inside the model's
    /// reasoning, which ends with `</think>`, are none.
    public CallReply read(String reply) {
        int thoughtEnds = reply.lastIndexOf(END_OF_THOUGHT);
        if (thoughtEnds < 0 && reply.stripLeading().startsWith(THOUGHT)) {
            return CallReply.refused(CallProblem.UNFINISHED_THOUGHT, 1, reply);
        }
        String said = thoughtEnds < 0 ? reply : reply.substring(thoughtEnds + END_OF_THOUGHT.length());
        return switch (this) {
            case HERMES -> MarkedCalls.hermes(said);
            case MISTRAL -> MarkedCalls.mistral(said);
            case PLAIN_JSON -> CallScan.of(said);
            case LLAMA3 -> {
                CallReply calls = CallScan.of(said);
                yield calls.isEmpty() && said.contains(PYTHON_TAG)
                        ? CallReply.refused(CallProblem.NOT_JSON, 1, said)
                        : calls;
            }
        };
    }

    /// Returns whether the answer of a row surely has a call, in whatever convention it is written.
    public static boolean isCalled(String answer) {
        if (answer.contains("<tool_call>") || answer.contains("[TOOL_CALLS]")) {
            return true;
        }
        CallReply calls = CallScan.of(answer);
        return !calls.isEmpty()
                && calls.pieces().stream()
                        .allMatch(piece -> JsonText.parse(piece)
                                .filter(CallJson::isSurelyCall)
                                .isPresent());
    }

    /// Returns what a call is in this convention, as words in the middle of a sentence.
    public String described() {
        return described;
    }

    /// Returns the name in lower case with hyphens, as `plain-json`.
    public String shown() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
