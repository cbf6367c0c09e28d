package dev.finetide.worker.evaluate.endpoint;

import dev.finetide.proto.evaluation.v1.Endpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A model behind an endpoint of OpenAI's chat completions. A request is tried again when the endpoint
/// has not taken it: without a connection, and after 408, 425, 429 and 5xx. One that timed out is not
/// tried again, because its answer may have to be paid. Redirects are not followed, so the key reaches
/// no other host. Thread-safe.
public final class ChatEndpoint implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final double USUAL_TIMEOUT_SECONDS = 60;
    private static final long LARGEST_RESPONSE = 4 << 20;
    private static final int TOO_MANY_REQUESTS = 429;

    private final URI address;
    private final String model;
    private final Optional<String> key;
    private final Duration timeout;
    private final Patience patience;
    private final Gate gate = new Gate();
    private final HttpClient client;

    /// @throws IllegalArgumentException naming the key when it cannot be read, or is not for this host
    public ChatEndpoint(Endpoint endpoint, EndpointKeys keys, Patience patience) {
        this.address = URI.create(endpoint.getUrl().replaceFirst("/+$", "") + "/chat/completions");
        this.model = endpoint.getModel();
        this.key =
                Optional.of(endpoint.getKey()).filter(name -> !name.isEmpty()).map(name -> keys.read(name, address));
        double seconds = endpoint.getTimeoutSeconds() > 0 ? endpoint.getTimeoutSeconds() : USUAL_TIMEOUT_SECONDS;
        this.timeout = Duration.ofMillis(Math.max(1, (long) (seconds * 1000)));
        this.patience = patience;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout.compareTo(CONNECT) < 0 ? timeout : CONNECT)
                .build();
    }

    private sealed interface Outcome {}

    private record Final(ChatAnswer answer) implements Outcome {
        static Final none(String problem, double seconds) {
            return new Final(ChatAnswer.none(problem, seconds));
        }
    }

    /// A try that has brought no answer and may be repeated.
    ///
    /// @param problem outcome of the try in words
    /// @param pause pause that the endpoint asks for
    /// @param ofArm whether the arm cannot go on if no try helps
    private record Again(String problem, Optional<Duration> pause, boolean ofArm) implements Outcome {}

    /// Asks a question.
    ///
    /// @return the answer, or why there is none; empty when [#abandon] came before the request was sent
    /// @throws EndpointFailedException when no question can be answered
    public Optional<ChatAnswer> ask(ChatQuestion question) throws InterruptedException {
        HttpRequest request = request(question);
        long began = System.nanoTime();
        Duration pause = Duration.ZERO;
        for (int attempt = 1; gate.pass(pause); attempt++) {
            switch (attempt(request)) {
                case Final(ChatAnswer answer) -> {
                    return Optional.of(answer);
                }
                case Again again -> {
                    pause = patience.after(attempt);
                    again.pause().ifPresent(this::respect);
                    if (attempt >= patience.tries()
                            || isTooLate(began, again.pause().orElse(pause))) {
                        return Optional.of(ChatAnswer.none(given(again, attempt), 0));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private boolean isTooLate(long began, Duration pause) {
        return System.nanoTime() - began + pause.toNanos() > patience.inAll().toNanos();
    }

    /// Says that no try has helped.
    ///
    /// @throws EndpointFailedException when the arm cannot go on
    private static String given(Again again, int tries) {
        String problem = again.problem() + " in " + tries + (tries == 1 ? " try" : " tries");
        if (again.ofArm()) {
            throw new EndpointFailedException(problem);
        }
        return problem;
    }

    private void respect(Duration asked) {
        if (asked.compareTo(patience.longestAsked()) > 0) {
            throw new EndpointFailedException("the endpoint asks to wait for %,d s, which is more than %,d s"
                    .formatted(asked.toSeconds(), patience.longestAsked().toSeconds()));
        }
        gate.closeFor(asked);
    }

    /// Lets no further request begin. Requests that were sent still get their answers.
    public void abandon() {
        gate.abandon();
    }

    private HttpRequest request(ChatQuestion question) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(ChatJson.request(model, question)));
        key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return request.build();
    }

    /// Sends a request once.
    private Outcome attempt(HttpRequest request) throws InterruptedException {
        long started = System.nanoTime();
        CompletableFuture<HttpResponse<byte[]>> sent =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_RESPONSE));
        try {
            HttpResponse<byte[]> response = sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return read(response, (System.nanoTime() - started) / 1e9);
        } catch (TimeoutException late) {
            sent.cancel(true);
            return Final.none("no answer within %s s".formatted(seconds(timeout)), timeout.toMillis() / 1e3);
        } catch (ExecutionException broken) {
            return brokenOff(broken.getCause(), (System.nanoTime() - started) / 1e9);
        }
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, time.toMillis() % 1000 == 0 ? "%.0f" : "%.1f", time.toMillis() / 1e3);
    }

    private static Outcome brokenOff(Throwable cause, double seconds) {
        boolean notSent = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
        if (notSent) {
            return new Again("no connection to the endpoint", Optional.empty(), true);
        }
        boolean tooLarge = cause instanceof IOException
                && String.valueOf(cause.getMessage()).contains("body exceeds");
        return Final.none(
                tooLarge
                        ? "the response is larger than " + (LARGEST_RESPONSE >> 20) + " MiB"
                        : "the connection broke (" + cause.getClass().getSimpleName() + ")",
                seconds);
    }

    private static Outcome read(HttpResponse<byte[]> response, double seconds) {
        int status = response.statusCode();
        if (status == 200) {
            String type = response.headers().firstValue("Content-Type").orElse("");
            return isJson(type)
                    ? new Final(ChatJson.answer(response.body()).after(seconds))
                    : Final.none("expected a response of application/json, got " + mediaType(type), seconds);
        }
        String code = ChatJson.inBrackets(ChatJson.errorCode(response.body()));
        String problem = "the endpoint answered " + status + code;
        return switch (status) {
            case 400, 413, 422 -> Final.none(problem, seconds);
            case 408, 425 -> new Again(problem, pause(response), false);
            case TOO_MANY_REQUESTS -> {
                if (code.contains("insufficient_quota")) {
                    throw new EndpointFailedException(problem);
                }
                yield new Again("the endpoint answered 429 (too many requests)", pause(response), true);
            }
            default -> {
                if (status >= 500) {
                    yield new Again(problem, pause(response), false);
                }
                throw new EndpointFailedException(
                        status >= 300 && status < 400 ? problem + ", a redirect, which is not followed" : problem);
            }
        };
    }

    private static boolean isJson(String type) {
        return mediaType(type).matches("application/([a-z0-9.-]+\\+)?json");
    }

    private static String mediaType(String type) {
        String media = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return media.matches("[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,40}") ? media : "another type";
    }

    /// Returns the pause that a response asks for, as seconds or as a date.
    private static Optional<Duration> pause(HttpResponse<?> response) {
        Optional<String> asked = response.headers().firstValue("Retry-After").map(String::strip);
        if (asked.isEmpty()) {
            return Optional.empty();
        }
        if (asked.get().matches("\\d{1,9}(\\.\\d{1,9})?")) {
            return Optional.of(Duration.ofMillis((long) (Double.parseDouble(asked.get()) * 1000)));
        }
        try {
            Duration until = Duration.between(
                    ZonedDateTime.now(ZoneOffset.UTC),
                    ZonedDateTime.parse(asked.get(), DateTimeFormatter.RFC_1123_DATE_TIME));
            return until.isNegative() ? Optional.empty() : Optional.of(until);
        } catch (DateTimeParseException noDate) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        gate.abandon();
        client.shutdownNow();
    }
}
