package dev.finetide.worker.evaluate.endpoint;

import static dev.finetide.worker.evaluate.endpoint.ChatServer.saying;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.worker.evaluate.endpoint.ChatServer.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Endpoints that misbehave, on a real HTTP server.
@Timeout(600)
class ChatEndpointTest {
    private static final String SECRET = "sk-very-secret";
    private static final ChatQuestion QUESTION = new ChatQuestion(
            List.of(
                    Map.of("role", "system", "content", "Be brief."),
                    Map.of("role", "user", "content", "Where is it?")),
            List.of(),
            12);
    private static final Patience IMPATIENT =
            new Patience(3, Duration.ofMillis(1), Duration.ofMillis(4), Duration.ofSeconds(2), Duration.ofMinutes(1));

    @TempDir
    Path keys;

    private ChatServer server;

    @BeforeEach
    void serve() throws IOException {
        server = new ChatServer((number, request) -> saying("delivery"));
        Files.writeString(keys.resolve("mine"), SECRET + "\n");
        Files.writeString(keys.resolve("mine.hosts"), "api.example.org\n127.0.0.1\n");
    }

    @AfterEach
    void close() {
        server.close();
    }

    private ChatAnswer ask() throws InterruptedException {
        return ask(endpoint().build());
    }

    private Endpoint.Builder endpoint() {
        return Endpoint.newBuilder()
                .setUrl(server.url())
                .setModel("some-model")
                .setKey("mine")
                .setTimeoutSeconds(20);
    }

    private ChatAnswer ask(Endpoint endpoint) throws InterruptedException {
        try (ChatEndpoint chat = new ChatEndpoint(endpoint, new EndpointKeys(Optional.of(keys)), IMPATIENT)) {
            return chat.ask(QUESTION).orElseThrow();
        }
    }

    private void always(Response response) {
        server.behave((number, request) -> response);
    }

    @Test
    void aQuestionIsSentAsTurnsAndItsAnswerIsCounted() throws InterruptedException {
        ChatAnswer answer = ask();
        assertThat(answer.text()).isEqualTo("delivery");
        assertThat(answer.isAnswered()).isTrue();
        assertThat(answer.readTokens()).isEqualTo(50);
        assertThat(answer.writtenTokens()).isEqualTo(7);
        assertThat(answer.seconds()).isPositive();
        assertThat(server.authorizations).containsExactly("Bearer " + SECRET);
        JsonNode sent = server.requests.getFirst();
        assertThat(sent.path("model").asText()).isEqualTo("some-model");
        assertThat(sent.path("temperature").asDouble(1)).isZero();
        assertThat(sent.path("max_tokens").asInt()).isEqualTo(12);
        assertThat(sent.path("messages").path(1).path("content").asText()).isEqualTo("Where is it?");
        assertThat(sent.has("tools")).isFalse();
    }

    @Test
    void aLimitOfRequestsIsRespectedAsLongAsTheEndpointAsks() throws InterruptedException {
        server.behave((number, request) ->
                number == 1 ? Response.json(429, "{}").with("Retry-After", "0.4") : saying("delivery"));
        long started = System.nanoTime();
        assertThat(ask().text()).isEqualTo("delivery");
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThanOrEqualTo(Duration.ofMillis(400));
        assertThat(server.requests).hasSize(2);
    }

    @Test
    void aLimitThatEndsAtADateIsRespected() throws InterruptedException {
        String soon = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(1));
        server.behave((number, request) ->
                number == 1 ? Response.json(503, "{}").with("Retry-After", soon) : saying("delivery"));
        assertThat(ask().isAnswered()).isTrue();
        assertThat(server.requests).hasSize(2);
    }

    @Test
    void aLimitForEverEndsTheArm() {
        always(Response.json(429, "{\"error\": {\"message\": \"slow down, " + SECRET + "\"}}"));
        assertThatThrownBy(this::ask)
                .isInstanceOf(EndpointFailedException.class)
                .hasMessage("the endpoint answered 429 (too many requests) in 3 tries");
        assertThat(server.requests).hasSize(3);
    }

    @Test
    void aPauseThatIsTooLongEndsTheArm() {
        always(Response.json(429, "{}").with("Retry-After", "3600"));
        assertThatThrownBy(this::ask).hasMessage("the endpoint asks to wait for 3,600 s, which is more than 2 s");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void aServerErrorThatPassesIsTriedAgainAndOneThatStaysIsTheRows() throws InterruptedException {
        server.behave((number, request) -> number < 3 ? Response.json(500, "oops") : saying("delivery"));
        assertThat(ask().text()).isEqualTo("delivery");
        always(Response.json(502, "<html>" + SECRET));
        assertThat(ask().problem()).isEqualTo("the endpoint answered 502 in 3 tries");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            401 | the endpoint answered 401 (invalid_api_key)
            403 | the endpoint answered 403 (invalid_api_key)
            404 | the endpoint answered 404 (invalid_api_key)
            307 | the endpoint answered 307 (invalid_api_key), a redirect, which is not followed
            """)
    void aRefusalEndsTheArmAtOnceAndQuotesNothing(int status, String message) throws IOException {
        try (ChatServer other = new ChatServer((number, request) -> saying("stolen"))) {
            always(Response.json(
                            status,
                            "{\"error\": {\"message\": \"wrong key " + SECRET + "\", \"code\": \"invalid_api_key\"}}")
                    .with("Location", other.url() + "/chat/completions"));
            assertThatThrownBy(this::ask)
                    .isInstanceOf(EndpointFailedException.class)
                    .hasMessage(message);
            assertThat(server.requests).hasSize(1);
            assertThat(other.requests).isEmpty();
        }
    }

    @Test
    void aRequestThatTimesOutIsNotPaidAgain() throws InterruptedException {
        always(ChatServer.SILENCE);
        ChatAnswer answer = ask(endpoint().setTimeoutSeconds(0.3).build());
        assertThat(answer.problem()).isEqualTo("no answer within 0.3 s");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void aBodyThatDripsForEverTimesOut() throws InterruptedException, IOException {
        try (DrippingServer dripping = new DrippingServer()) {
            ChatAnswer answer =
                    ask(endpoint().setUrl(dripping.url()).setTimeoutSeconds(0.3).build());
            assertThat(answer.problem()).isEqualTo("no answer within 0.3 s");
        }
    }

    @Test
    void anAddressWhereNobodyListensEndsTheArm() throws IOException {
        String gone;
        try (ChatServer closed = new ChatServer((number, request) -> saying(""))) {
            gone = closed.url();
        }
        assertThatThrownBy(() -> ask(endpoint().setUrl(gone).build()))
                .isInstanceOf(EndpointFailedException.class)
                .hasMessage("no connection to the endpoint in 3 tries");
    }

    @Test
    void aConnectionThatBreaksIsTheRows() throws InterruptedException {
        always(ChatServer.HANG_UP);
        assertThat(ask().problem()).startsWith("the connection broke (");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "delivery", "[]", "{\"choices\"", "data: {}", "{} {}", "\"sk\""})
    void garbageIsTheRows(String body) throws InterruptedException {
        always(Response.json(200, body));
        assertThat(ask().problem()).startsWith("the response ").doesNotContain("delivery");
    }

    @Test
    void deepGarbageIsTheRows() throws InterruptedException {
        always(Response.json(200, "[".repeat(100_000)));
        assertThat(ask().problem()).isEqualTo("the response is no JSON object");
    }

    @Test
    void aStreamIsTheRows() throws InterruptedException {
        always(new Response(
                200, "text/event-stream", "data: {\"choices\": []}\n\n".getBytes(StandardCharsets.UTF_8), Map.of()));
        assertThat(ask().problem()).isEqualTo("expected a response of application/json, got text/event-stream");
    }

    @Test
    void aResponseWithoutEndIsCut() throws InterruptedException {
        always(Response.json(200, " ".repeat(5 << 20)));
        assertThat(ask().problem()).isEqualTo("the response is larger than 4 MiB");
    }

    @Test
    void anAnswerThatSaysNothingIsPaidAllTheSame() throws InterruptedException {
        always(Response.json(200, """
                {"choices": [{"message": {"role": "assistant", "content": null}}],
                 "usage": {"prompt_tokens": 40, "completion_tokens": 3}}"""));
        ChatAnswer answer = ask();
        assertThat(answer.problem()).isEqualTo("the message has neither content nor calls");
        assertThat(answer.readTokens()).isEqualTo(40);
        assertThat(answer.writtenTokens()).isEqualTo(3);
        always(Response.json(200, "{\"choices\": [], \"usage\": {\"prompt_tokens\": 9}}"));
        assertThat(ask().problem()).isEqualTo("the response has no choices with a message");
        assertThat(ask().readTokens()).isEqualTo(9);
    }

    @Test
    void anEmptyTextIsAnAnswer() throws InterruptedException {
        always(saying(""));
        assertThat(ask().isAnswered()).isTrue();
    }

    @Test
    void callsAreWrittenAsModelsWriteThem() throws InterruptedException {
        always(Response.json(200, """
                {"choices": [{"finish_reason": "tool_calls", "message": {"role": "assistant", "content": null,
                 "tool_calls": [
                  {"id": "a", "type": "function",
                   "function": {"name": "track", "arguments": "{\\"parcel\\": 7}"}},
                  {"id": "b", "type": "function", "function": {"name": "refund", "arguments": "no json"}}]}}]}"""));
        assertThat(ask().text()).isEqualTo("""
                <tool_call>
                {"name":"track","arguments":{"parcel":7}}
                </tool_call>
                <tool_call>
                {"name":"refund","arguments":"no json"}
                </tool_call>""");
    }

    @Test
    void aQuestionThatTheEndpointRefusesIsTheRows() throws InterruptedException {
        always(Response.json(400, "{\"error\": {\"code\": \"context_length_exceeded\"}}"));
        assertThat(ask().problem()).isEqualTo("the endpoint answered 400 (context_length_exceeded)");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void anAnswerAtItsLimitIsCut() throws InterruptedException {
        always(Response.json(
                200, "{\"choices\": [{\"finish_reason\": \"length\", \"message\": {\"content\": \"deli\"}}]}"));
        assertThat(ask().cut()).isTrue();
        assertThat(ask().readTokens()).isEqualTo(-1);
    }

    @Test
    void aKeyThatCannotBeReadIsNamedWithoutItsContent() throws IOException {
        Files.writeString(keys.resolve("two-lines"), SECRET + "\nX-Other: header");
        Files.writeString(keys.resolve("empty"), "\n");
        assertThatThrownBy(() -> ask(endpoint().setKey("absent").build())).hasMessageContaining("key absent: no file");
        assertThatThrownBy(() -> ask(endpoint().setKey("empty").build())).hasMessageContaining("key empty: expected");
        assertThatThrownBy(() -> ask(endpoint().setKey("two-lines").build()))
                .hasMessageContaining("key two-lines: expected one line")
                .hasMessageNotContaining(SECRET);
        assertThatThrownBy(() -> ask(endpoint().setKey("../x").build())).hasMessageContaining("expected the name");
        assertThat(server.requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            api.example.org          | key mine: its file mine.hosts does not name the host 127.0.0.1
            localhost                | key mine: its file mine.hosts does not name the host 127.0.0.1
            127.0.0.1:1              | key mine: its file mine.hosts does not name the host 127.0.0.1
            127.0.0.1.evil.org       | key mine: its file mine.hosts does not name the host 127.0.0.1
            *                        | key mine: its file mine.hosts does not name the host 127.0.0.1
            ''                       | key mine: its file mine.hosts does not name the host 127.0.0.1
            """)
    void aKeyGoesToItsOwnHostsAlone(String hosts, String problem) throws IOException {
        Files.writeString(keys.resolve("mine.hosts"), hosts);
        assertThatThrownBy(this::ask)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(problem);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aKeyWithoutHostsGoesNowhereAndAHostWithItsPortIsOne() throws IOException, InterruptedException {
        Files.writeString(
                keys.resolve("mine.hosts"),
                "other.org\n127.0.0.1:" + URI.create(server.url()).getPort() + "\n");
        assertThat(ask().isAnswered()).isTrue();
        Files.delete(keys.resolve("mine.hosts"));
        assertThatThrownBy(this::ask)
                .hasMessage("key mine: the file mine.hosts is missing beside it, which names the hosts that may get the"
                        + " key, one a line; 127.0.0.1 would be one");
        assertThatThrownBy(() -> ask(endpoint().setKey("mine.hosts").build()))
                .hasMessageContaining("expected the name");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void aLimitThatAlwaysAsksForLittlePatienceEndsTheArmInTime() {
        always(Response.json(429, "{}").with("Retry-After", "0.2"));
        Patience hurried = new Patience(
                1000, Duration.ofMillis(1), Duration.ofMillis(4), Duration.ofSeconds(2), Duration.ofMillis(500));
        try (ChatEndpoint chat = new ChatEndpoint(endpoint().build(), new EndpointKeys(Optional.of(keys)), hurried)) {
            assertThatThrownBy(() -> chat.ask(QUESTION))
                    .isInstanceOf(EndpointFailedException.class)
                    .hasMessageMatching("the endpoint answered 429 \\(too many requests\\) in [123] tr(y|ies)");
        }
        assertThat(server.requests).hasSizeLessThanOrEqualTo(3);
    }

    static Stream<Arguments> lies() {
        String json = "{\"choices\": [{\"message\": {\"content\": \"Grüße\"}}]}";
        String none = "the response is no JSON object";
        String other = "expected a response of application/json, got ";
        return Stream.of(
                lie(
                        "application/json",
                        json.getBytes(StandardCharsets.ISO_8859_1),
                        none + ", but bytes that are no UTF-8"),
                lie(
                        "application/json; charset=iso-8859-1",
                        json.getBytes(StandardCharsets.ISO_8859_1),
                        none + ", but bytes that are no UTF-8"),
                lie("application/json", "\n<!doctype html><p>hello", none + ", but HTML or XML"),
                lie("application/json", json.substring(0, 30), none + ", but the beginning of one or more than one"),
                lie("application/json", json + json, none + ", but the beginning of one or more than one"),
                lie("application/json", "data: " + json, none + ", but a stream of events, which nobody asked for"),
                lie("application/json", ": ping\n\n", none + ", but a stream of events, which nobody asked for"),
                lie("application/json", "", none + ", but empty"),
                lie("application/json", "hello", none),
                lie(
                        "application/json",
                        new byte[] {31, (byte) 139, 8, 0, 0, 0, 0, 0, 0, 3},
                        none + ", but packed with gzip, which nobody asked for"),
                lie("text/event-stream", "data: " + json, other + "text/event-stream"),
                lie("text/html; charset=utf-8", json, other + "text/html"),
                lie("", json, other + "another type"));
    }

    private static Arguments lie(String type, String body, String problem) {
        return lie(type, body.getBytes(StandardCharsets.UTF_8), problem);
    }

    private static Arguments lie(String type, byte[] body, String problem) {
        return Arguments.of(type, body, problem);
    }

    @ParameterizedTest(name = "{2}, as {0}")
    @MethodSource("lies")
    void aResponseThatIsNotWhatWasAskedForIsTheRowsAndSaysWhatCame(String type, byte[] body, String problem)
            throws InterruptedException {
        always(new Response(200, type, body, Map.of()));
        ChatAnswer answer = ask();
        assertThat(answer.isAnswered()).isFalse();
        assertThat(answer.problem()).isEqualTo(problem);
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void aResponseThatSaysWhyItHasNoAnswerIsNamedByItsCode() throws InterruptedException {
        always(Response.json(200, "{\"error\": {\"message\": \"" + SECRET + "\", \"code\": \"model_overloaded\"}}"));
        assertThat(ask().problem()).isEqualTo("the response has no choices with a message (model_overloaded)");
        always(Response.json(
                200, "{\"choices\": [{\"finish_reason\": \"content_filter\", \"message\": {\"content\": null}}]}"));
        assertThat(ask().problem()).isEqualTo("the message has neither content nor calls (content_filter)");
    }

    @Test
    void noRequestBeginsAfterTheArmWasGivenUp() throws InterruptedException {
        try (ChatEndpoint chat = new ChatEndpoint(endpoint().build(), new EndpointKeys(Optional.of(keys)), IMPATIENT)) {
            chat.abandon();
            assertThat(chat.ask(QUESTION)).isEmpty();
        }
        assertThat(server.requests).isEmpty();
    }
}
