package dev.finetide.worker.evaluate;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.worker.evaluate.endpoint.ChatAnswer;
import dev.finetide.worker.evaluate.endpoint.ChatEndpoint;
import dev.finetide.worker.evaluate.endpoint.ChatQuestion;
import dev.finetide.worker.evaluate.endpoint.EndpointFailedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Asks the model behind an endpoint, several requests at a time. A row without an answer is reported
/// with the reason; an endpoint that gives none to many rows one after the other fails its arm.
final class EndpointModel implements OutsideModel {
    private static final int USUAL_REQUESTS = 4;
    private static final double PRICED_TOKENS = 1e6;

    /// Rows without an answer, one after the other, after which no further row is asked and paid for:
    /// fewer as long as none had an answer.
    private static final int MOST_FAILURES = 20;

    private static final int MOST_FAILURES_AT_FIRST = 4;

    private final Endpoint settings;
    private final ChatEndpoint endpoint;
    private final OutsideResults results;
    private final int maxTokens;
    private int answered;
    private int failures;

    /// @param maxTokens tokens that an answer may have
    EndpointModel(Endpoint settings, ChatEndpoint endpoint, OutsideResults results, int maxTokens) {
        this.settings = settings;
        this.endpoint = endpoint;
        this.results = results;
        this.maxTokens = maxTokens;
    }

    /// A question with its answer; empty if the question was not sent.
    private record Asked(PromptedRow row, ChatQuestion question, Optional<ChatAnswer> answer) {}

    @Override
    public boolean answer(
            List<PromptedRow> rows, Consumer<List<ExampleResult.Builder>> answers, BooleanSupplier stopped) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletionService<Asked> done = new ExecutorCompletionService<>(threads);
            Optional<RuntimeException> failure = Optional.empty();
            int next = 0;
            int flying = 0;
            while (next < rows.size() || flying > 0) {
                boolean ends = failure.isPresent() || stopped.getAsBoolean();
                if (ends) {
                    // Requests that were sent may have to be paid, so their answers are awaited and reported.
                    endpoint.abandon();
                }
                while (!ends && flying < requestsAtOnce() && next < rows.size()) {
                    PromptedRow row = rows.get(next++);
                    done.submit(() -> ask(row));
                    flying++;
                }
                if (flying == 0) {
                    break;
                }
                Future<Asked> ended = done.poll(1, TimeUnit.SECONDS);
                if (ended != null) {
                    flying--;
                    Optional<RuntimeException> problem = taken(ended, answers);
                    failure = failure.isPresent() ? failure : problem;
                }
            }
            if (failure.isPresent()) {
                throw failure.get();
            }
            return next == rows.size() && !stopped.getAsBoolean();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private int requestsAtOnce() {
        return settings.getRequestsAtOnce() > 0 ? settings.getRequestsAtOnce() : USUAL_REQUESTS;
    }

    private Asked ask(PromptedRow row) throws InterruptedException {
        ChatQuestion question = ChatMessages.question(row.text(), maxTokens);
        return new Asked(row, question, endpoint.ask(question));
    }

    /// Reports one answer.
    ///
    /// @return why the arm cannot go on, if so
    private Optional<RuntimeException> taken(Future<Asked> ended, Consumer<List<ExampleResult.Builder>> answers)
            throws InterruptedException {
        Asked asked;
        try {
            asked = ended.get();
        } catch (ExecutionException e) {
            return Optional.of(
                    e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause()));
        }
        if (asked.answer().isEmpty()) {
            return Optional.empty();
        }
        ChatAnswer answer = asked.answer().get();
        answers.accept(List.of(result(asked, answer)));
        if (answer.isAnswered()) {
            answered++;
            failures = 0;
            return Optional.empty();
        }
        failures++;
        return failures >= (answered == 0 ? MOST_FAILURES_AT_FIRST : MOST_FAILURES)
                ? Optional.of(new EndpointFailedException(
                        failures + " rows one after the other got no answer: " + answer.problem()))
                : Optional.empty();
    }

    private ExampleResult.Builder result(Asked asked, ChatAnswer answer) {
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
        return results.result(asked.row(), reply)
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
