package dev.finetide.worker.evaluate.endpoint;

import dev.finetide.proto.evaluation.v1.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/// Puts questions to one endpoint, several at a time. An answer that was paid is handed on before the
/// next question is sent, so whatever ends this process, at most so many answers are lost as questions
/// may be open at a time. An endpoint that answers none of many questions is given up.
///
/// @param <T> subject of a question
public final class PaidRequests<T> {
    private static final int USUAL_AT_ONCE = 4;

    /// Questions without an answer, one after the other, after which no further question is sent and
    /// paid for: fewer as long as none had an answer.
    private static final int MOST_FAILURES = 20;

    private static final int MOST_FAILURES_AT_FIRST = 4;

    private final ChatEndpoint endpoint;
    private final int atOnce;
    private final Function<T, ChatQuestion> question;
    private final String subjects;
    private int answered;
    private int failures;

    /// @param atOnce number of questions that may be open at a time; see [#atOnce]
    /// @param question makes the question about a subject, on the thread that sends it
    /// @param subjects word for several subjects: "rows"
    public PaidRequests(ChatEndpoint endpoint, int atOnce, Function<T, ChatQuestion> question, String subjects) {
        this.endpoint = endpoint;
        this.atOnce = atOnce;
        this.question = question;
        this.subjects = subjects;
    }

    /// A subject with its question and the answer.
    public record Answered<T>(T subject, ChatQuestion question, ChatAnswer answer) {}

    /// Returns the number of questions that may be open at a time.
    public static int atOnce(Endpoint settings) {
        return settings.getRequestsAtOnce() > 0 ? settings.getRequestsAtOnce() : USUAL_AT_ONCE;
    }

    /// Asks until no subject waits.
    ///
    /// @param waiting subjects; the consumer of the answers may add some
    /// @param answers keeps some answers, and returns when they cannot be lost any more
    /// @param stopped whether no further question shall be sent
    /// @return whether every question was asked
    /// @throws EndpointFailedException when no question can be answered
    public boolean ask(Queue<T> waiting, Consumer<List<Answered<T>>> answers, BooleanSupplier stopped) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletionService<Optional<Answered<T>>> done = new ExecutorCompletionService<>(threads);
            Optional<RuntimeException> failure = Optional.empty();
            int open = 0;
            while (true) {
                boolean ends = failure.isPresent() || stopped.getAsBoolean();
                if (ends) {
                    // Requests that were sent may have to be paid, so their answers are awaited and kept.
                    endpoint.abandon();
                }
                while (!ends && open < atOnce && !waiting.isEmpty()) {
                    T subject = waiting.remove();
                    done.submit(() -> asked(subject));
                    open++;
                }
                if (open == 0) {
                    break;
                }
                List<Future<Optional<Answered<T>>>> ended = ended(done);
                open -= ended.size();
                Optional<RuntimeException> problem = taken(ended, answers);
                failure = failure.isPresent() ? failure : problem;
            }
            if (failure.isPresent()) {
                throw failure.get();
            }
            return waiting.isEmpty() && !stopped.getAsBoolean();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Optional<Answered<T>> asked(T subject) throws InterruptedException {
        ChatQuestion asked = question.apply(subject);
        return endpoint.ask(asked).map(answer -> new Answered<>(subject, asked, answer));
    }

    /// Returns the questions that have ended meanwhile; none after a second in which none has.
    private static <R> List<Future<R>> ended(CompletionService<R> done) throws InterruptedException {
        List<Future<R>> ended = new ArrayList<>();
        for (Future<R> next = done.poll(1, TimeUnit.SECONDS); next != null; next = done.poll()) {
            ended.add(next);
        }
        return ended;
    }

    /// Hands on answers.
    ///
    /// @return why no further question shall be sent, if so
    private Optional<RuntimeException> taken(
            List<Future<Optional<Answered<T>>>> ended, Consumer<List<Answered<T>>> answers)
            throws InterruptedException {
        List<Answered<T>> paid = new ArrayList<>();
        Optional<RuntimeException> failure = Optional.empty();
        for (Future<Optional<Answered<T>>> one : ended) {
            try {
                one.get().ifPresent(paid::add);
            } catch (ExecutionException e) {
                failure = Optional.of(
                        e.getCause() instanceof RuntimeException known
                                ? known
                                : new IllegalStateException(e.getCause()));
            }
        }
        if (!paid.isEmpty()) {
            answers.accept(paid);
        }
        for (Answered<T> one : paid) {
            Optional<RuntimeException> tooMany = counted(one.answer());
            failure = failure.isPresent() ? failure : tooMany;
        }
        return failure;
    }

    private Optional<RuntimeException> counted(ChatAnswer answer) {
        if (answer.isAnswered()) {
            answered++;
            failures = 0;
            return Optional.empty();
        }
        failures++;
        return failures >= (answered == 0 ? MOST_FAILURES_AT_FIRST : MOST_FAILURES)
                ? Optional.of(new EndpointFailedException(
                        failures + " " + subjects + " one after the other got no answer: " + answer.problem()))
                : Optional.empty();
    }
}
