package dev.finetide.worker.evaluate.endpoint;

/// The outcome of one question to an endpoint.
///
/// @param text text of the answer, calls of functions included; empty where there is none
/// @param problem why there is no answer, without any text of the row or of the endpoint; empty where
///     there is one
/// @param cut whether the answer reached its limit before the model ended it
/// @param readTokens tokens that the endpoint counts as read; -1 if it does not say
/// @param writtenTokens tokens that the endpoint counts as written; -1 if it does not say
/// @param seconds time of the request that was answered
public record ChatAnswer(String text, String problem, boolean cut, int readTokens, int writtenTokens, double seconds) {
    static ChatAnswer none(String problem, double seconds) {
        return new ChatAnswer("", problem, false, -1, -1, seconds);
    }

    public boolean isAnswered() {
        return problem.isEmpty();
    }

    ChatAnswer after(double requestSeconds) {
        return new ChatAnswer(text, problem, cut, readTokens, writtenTokens, requestSeconds);
    }
}
