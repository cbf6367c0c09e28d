package dev.finetide.metrics.calls;

/// A reason why a part of a reply that should be a call cannot be read.
public enum CallProblem {
    NOT_JSON("A call is not JSON."),
    CUT_OFF("A call breaks off before its end."),
    NO_NAME("A call names no function."),
    ARGUMENTS("The arguments of a call are not a JSON object."),
    NO_CALL("The place of a call holds other JSON."),
    UNMARKED("A call stands in the text without the mark that the chat template gives to calls."),
    UNFINISHED_THOUGHT("The reply breaks off inside its reasoning."),
    TOO_MANY("The reply has more than 200 calls."),
    TOO_LONG("The reply has too many brackets to look for calls behind them.");

    private final String sentence;

    CallProblem(String sentence) {
        this.sentence = sentence;
    }

    /// Returns one plain sentence, which is the same for every reply.
    public String sentence() {
        return sentence;
    }
}
