package dev.finetide.worker.evaluate.endpoint;

import java.util.List;
import java.util.Map;

/// A conversation that waits for an answer, in the form of OpenAI's chat completions.
///
/// @param messages turns, each with `role` and `content`
/// @param tools functions that the model may call; empty for none
/// @param maxTokens tokens that the answer may have
public record ChatQuestion(List<Map<String, Object>> messages, List<Map<String, Object>> tools, int maxTokens) {
    public ChatQuestion {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }
}
