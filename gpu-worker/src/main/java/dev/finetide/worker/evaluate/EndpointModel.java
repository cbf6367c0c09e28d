package dev.finetide.worker.evaluate;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.worker.evaluate.endpoint.ChatAnswer;
import dev.finetide.worker.evaluate.endpoint.ChatEndpoint;
import dev.finetide.worker.evaluate.endpoint.ChatQuestion;
import dev.finetide.worker.evaluate.endpoint.PaidRequests;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Asks the model behind an endpoint, several requests at a time. A row without an answer is reported
/// with the reason; an endpoint that gives none to many rows one after the other fails its arm.
final class EndpointModel implements OutsideModel {
    private static final double PRICED_TOKENS = 1e6;

    private final Endpoint settings;
    private final ChatEndpoint endpoint;
    private final OutsideResults results;
    private final int maxTokens;
    private final PaidRequests<PromptedRow> requests;

    /// @param maxTokens tokens that an answer may have
    EndpointModel(Endpoint settings, ChatEndpoint endpoint, OutsideResults results, int maxTokens) {
        this.settings = settings;
        this.endpoint = endpoint;
        this.results = results;
        this.maxTokens = maxTokens;
        this.requests = new PaidRequests<>(
                endpoint, requestsAtOnce(), row -> ChatMessages.question(row.text(), maxTokens), "rows");
    }

    @Override
    public boolean answer(
            List<PromptedRow> rows, Consumer<List<ExampleResult.Builder>> answers, BooleanSupplier stopped) {
        return requests.ask(
                new ArrayDeque<>(rows),
                answered -> answers.accept(answered.stream().map(this::result).toList()),
                stopped);
    }

    @Override
    public boolean isPaid() {
        return true;
    }

    private int requestsAtOnce() {
        return PaidRequests.atOnce(settings);
    }

    private ExampleResult.Builder result(PaidRequests.Answered<PromptedRow> asked) {
        ChatAnswer answer = asked.answer();
        String sent = sent(asked.question());
        // An endpoint that does not count its tokens is paid all the same, so the base's tokens stand for them.
        int uncounted = answer.isAnswered() ? results.tokens(sent) : 0;
        int read = answer.readTokens() >= 0 ? answer.readTokens() : uncounted;
        int written = answer.writtenTokens() >= 0 ? answer.writtenTokens() : results.tokens(answer.text());
        Reply reply = new Reply(
                answer.text(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                0,
                read,
                written,
                results.tokens(answer.text()),
                answer.seconds(),
                answer.seconds() / requestsAtOnce(),
                answer.cut());
        return results.result(asked.subject(), reply)
                .setSentPrompt(sent)
                .setError(answer.problem())
                .setPrice((read * settings.getInputPrice() + written * settings.getOutputPrice()) / PRICED_TOKENS);
    }

    /// Writes the sent turns for people.
    private static String sent(ChatQuestion question) {
        return question.messages().stream()
                        .map(message -> message.get("role") + ": " + said(message))
                        .collect(Collectors.joining("\n"))
                + (question.tools().isEmpty() ? "" : "\ntools: " + question.tools());
    }

    private static String said(Map<String, Object> message) {
        String calls = message.containsKey(Message.TOOL_CALLS) ? " " + message.get(Message.TOOL_CALLS) : "";
        Object content = message.get(Message.CONTENT);
        return (content == null ? "" : content) + calls;
    }

    @Override
    public String describe() {
        return " The model " + settings.getModel() + " answers behind an endpoint, in at most " + maxTokens
                + " tokens.";
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
