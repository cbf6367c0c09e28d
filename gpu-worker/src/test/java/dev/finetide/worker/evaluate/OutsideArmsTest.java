package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.TOPICS;
import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.data;
import static dev.finetide.worker.evaluate.EvaluationStage.examples;
import static dev.finetide.worker.evaluate.EvaluationStage.nothing;
import static dev.finetide.worker.evaluate.endpoint.ChatServer.question;
import static dev.finetide.worker.evaluate.endpoint.ChatServer.saying;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.endpoint.ChatQuestion;
import dev.finetide.worker.evaluate.endpoint.ChatServer;
import dev.finetide.worker.evaluate.endpoint.ChatServer.Response;
import dev.finetide.worker.evaluate.endpoint.EndpointKeys;
import dev.finetide.worker.evaluate.endpoint.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whole evaluations whose arms answer from outside of the engine.
@Timeout(600)
class OutsideArmsTest {
    private static final int ROWS = 12;

    @TempDir
    static Path temp;

    private static CausalLm base;

    private ChatServer server;
    private List<SourcedRow> collected = List.of();

    @BeforeAll
    static void load() {
        base = CausalLm.load(EvaluationStage.DEMO, EvaluationStage.OPTIONS);
    }

    @AfterAll
    static void unload() {
        base.close();
    }

    @BeforeEach
    void serve() throws IOException {
        server = new ChatServer((number, request) -> saying("The topic is " + topic(request) + "."));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static String topic(JsonNode request) {
        String question = question(request);
        return question.contains("parcel") ? "delivery" : question.contains("invoice") ? "billing" : "returns";
    }

    private Recording run(AnsweredBefore before, Recording recording, EvaluationArm... arms) {
        return run(data(30, ROWS, 0), before, recording, arms);
    }

    private Recording run(EvaluationData data, AnsweredBefore before, Recording recording, EvaluationArm... arms) {
        Patience impatient = new Patience(
                2, Duration.ofMillis(1), Duration.ofMillis(4), Duration.ofSeconds(2), Duration.ofMinutes(1));
        OutsideSources outside = new OutsideSources(new EndpointKeys(Optional.empty()), impatient, arm -> collected);
        EvaluationStage.evaluation(base, temp, data, before, recording, outside).run(List.of(arms));
        return recording;
    }

    private EvaluationArm endpoint(int atOnce, Prompting... promptings) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder()
                        .setName("gpt")
                        .setModel(ArmModel.ENDPOINT)
                        .setEndpoint(Endpoint.newBuilder()
                                .setUrl(server.url())
                                .setModel("some-model")
                                .setInputPrice(2)
                                .setOutputPrice(10)
                                .setTimeoutSeconds(20)
                                .setRequestsAtOnce(atOnce))
                        .addAllPromptings(List.of(promptings)))
                .build();
    }

    private static EvaluationArm outside(ArmModel model) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder()
                        .setName("outside")
                        .setModel(model)
                        .setFrozenAnswers(model == ArmModel.FROZEN ? "projects/p/datasets/a/versions/1" : ""))
                .build();
    }

    @Test
    void anEndpointAnswersEveryRowAndItsPriceIsKnown() {
        Recording recording = run(nothing(), new Recording(), endpoint(3));
        assertThat(recording.failures).isEmpty();
        assertThat(recording.of("gpt")).hasSize(ROWS).allSatisfy(result -> {
            assertThat(result.getScoresOrThrow("accuracy")).isEqualTo(1);
            assertThat(result.getAnswer()).isIn(TOPICS);
            assertThat(result.getPromptTokens()).isEqualTo(50);
            assertThat(result.getCompletionTokens()).isEqualTo(7);
            assertThat(result.getPrice()).isCloseTo((50 * 2 + 7 * 10) / 1e6, within(1e-12));
            assertThat(result.getSentPrompt()).startsWith("user: My ");
            assertThat(result.getLatencySeconds()).isPositive();
            assertThat(result.getError()).isEmpty();
        });
        assertThat(recording.preparations.get("gpt").getAnswerRule())
                .endsWith("The model some-model answers behind an endpoint, in at most 8 tokens.");
    }

    @Test
    void systemInstructionAndExamplesAreTurns() {
        Prompting few = examples(2, ExampleChoice.SIMILAR).toBuilder()
                .setSystem("Be brief.")
                .setInstruction("Name the topic.")
                .build();
        run(nothing(), new Recording(), endpoint(1, few));
        JsonNode messages = server.requests.getFirst().path("messages");
        assertThat(messages.findValuesAsText("role"))
                .containsExactly("system", "user", "assistant", "user", "assistant", "user");
        assertThat(messages.path(0).path("content").asText()).isEqualTo("Be brief.");
        assertThat(messages.path(1).path("content").asText()).startsWith("Name the topic.\n\nMy ");
        assertThat(messages.path(2).path("content").asText()).isIn(TOPICS);
    }

    @Test
    void aRowWithoutAnAnswerIsShownAndTheArmGoesOn() {
        server.behave((number, request) -> number == 5
                ? Response.json(
                        200,
                        "{\"choices\": [{\"message\": {\"content\": null}}],"
                                + " \"usage\": {\"prompt_tokens\": 50, \"completion_tokens\": 0}}")
                : saying(topic(request)));
        Recording recording = run(nothing(), new Recording(), endpoint(1));
        assertThat(recording.failures).isEmpty();
        assertThat(recording.of("gpt")).hasSize(ROWS);
        assertThat(recording.of("gpt").stream()
                        .filter(result -> !result.getError().isEmpty()))
                .singleElement()
                .satisfies(result -> {
                    assertThat(result.getError()).isEqualTo("the message has neither content nor calls");
                    assertThat(result.getOutput()).isEmpty();
                    assertThat(result.getScoresOrThrow("accuracy")).isZero();
                    assertThat(result.getPrice()).isCloseTo(1e-4, within(1e-12));
                });
    }

    @Test
    void anEndpointThatAnswersNothingFailsAloneAfterFewRequests() {
        server.behave((number, request) -> Response.json(200, "{}"));
        Recording recording = run(nothing(), new Recording(), endpoint(1), arm("base"));
        assertThat(recording.failures).containsOnlyKeys("gpt");
        assertThat(recording.failures.get("gpt"))
                .hasMessage("4 rows one after the other got no answer: the response has no choices with a message");
        assertThat(server.requests).hasSize(4);
        assertThat(recording.of("base")).hasSize(ROWS);
    }

    @Test
    void aKeyThatStopsWorkingKeepsTheAnswersThatWerePaid() {
        server.behave((number, request) -> number <= 6 ? saying(topic(request)) : Response.json(401, "{}"));
        Recording recording = run(nothing(), new Recording(), endpoint(2));
        assertThat(recording.failures.get("gpt")).hasMessage("the endpoint answered 401");
        assertThat(recording.of("gpt")).hasSize(6);
    }

    @Test
    void nothingIsPaidTwiceWhenAWorkerStopsAndAnotherGoesOn() {
        Recording first = run(nothing(), Recording.stoppingAfterAnswers(5), endpoint(3));
        int paid = server.requests.size();
        assertThat(paid).isBetween(5, 8);
        assertThat(first.of("gpt")).hasSize(paid);

        Recording second = run(answered(first), new Recording(), endpoint(3));

        assertThat(second.failures).isEmpty();
        assertThat(second.preparations).isEmpty();
        assertThat(second.of("gpt")).hasSize(ROWS - paid);
        assertThat(server.requests).hasSize(ROWS);
        assertThat(server.requests.stream().map(ChatServer::question).distinct())
                .hasSize(ROWS);
    }

    private static AnsweredBefore answered(Recording recording) {
        BitSet rows = new BitSet();
        recording.results.forEach(result -> rows.set((int) result.getRow()));
        return AnsweredBefore.of(ClaimAttemptResponse.newBuilder()
                .addAllPreparations(recording.preparations.values())
                .addAnswered(AnsweredRows.newBuilder().setArm("gpt").setRows(ByteString.copyFrom(rows.toByteArray())))
                .build());
    }

    @Test
    void collectedAnswersAreMeasuredByTheNumberOfTheirRow() {
        collected = answers(ROWS);
        Recording recording = run(nothing(), new Recording(), outside(ArmModel.FROZEN));
        assertThat(recording.failures).isEmpty();
        assertThat(recording.of("outside")).hasSize(ROWS).allSatisfy(result -> {
            assertThat(result.getOutput()).isEqualTo("billing");
            assertThat(result.getScoresOrThrow("accuracy"))
                    .isEqualTo(result.getExpected().equals("billing") ? 1 : 0);
        });
        assertThat(recording.preparations.get("outside").getAnswerRule())
                .endsWith("The answers were collected before: projects/p/datasets/a/versions/1.");
    }

    @Test
    void collectedAnswersThatMissRowsAreRefusedWithTheFirstOne() {
        collected = answers(ROWS - 3);
        assertThat(run(nothing(), new Recording(), outside(ArmModel.FROZEN))
                        .failures
                        .get("outside"))
                .hasMessage("answers of projects/p/datasets/a/versions/1: 3 of 12 rows have no answer, "
                        + "the first of them is row 10");
        collected = List.of(answers(1).getFirst(), answers(1).getFirst());
        assertThat(run(nothing(), new Recording(), outside(ArmModel.FROZEN))
                        .failures
                        .get("outside"))
                .hasMessageContaining("row 1 has two answers");
    }

    private static List<SourcedRow> answers(int rows) {
        return IntStream.rangeClosed(1, rows)
                .mapToObj(row -> SourcedRow.parse("{\"prompt\":\"" + row + "\",\"completion\":\"billing\"}"))
                .toList();
    }

    @Test
    void aLinearModelLearnsFromTheTrainRows() {
        Recording recording = run(nothing(), new Recording(), outside(ArmModel.LINEAR));
        assertThat(recording.failures).isEmpty();
        assertThat(recording.of("outside")).hasSize(ROWS).allSatisfy(result -> {
            assertThat(result.getScoresOrThrow("accuracy")).isEqualTo(1);
            assertThat(result.getPrice()).isZero();
            assertThat(result.getComputeSeconds()).isPositive();
        });
        assertThat(recording.of("outside")).extracting(ExampleResult::getNll).containsOnly(0.0);
        assertThat(recording.preparations.get("outside").getAnswerRule())
                .containsPattern("A linear model of \\d+ words and pairs of words was trained on 30 rows in ");
    }

    @Test
    void aLinearModelNeedsClasses() {
        List<TextRow> train = IntStream.range(0, 30)
                .mapToObj(i -> TextRow.parse("{\"prompt\":\"Tell me about %d.\",\"completion\":\"%s\"}"
                        .formatted(i, "It is a long story number " + i + " that nobody has told before today.")))
                .toList();
        assertThat(run(data(train, 2, 0), nothing(), new Recording(), outside(ArmModel.LINEAR))
                        .failures
                        .get("outside"))
                .hasMessageStartingWith("a linear model: expected the task CLASSIFICATION, the task is FREE_TEXT");
    }

    @Test
    void earlierCallsOfFunctionsAreSentInTheFormOfTheEndpoint() {
        TextRow row = TextRow.parse("""
                {"messages": [{"role": "user", "content": "Where is 7?"},
                 {"role": "assistant", "tool_calls": [{"function": {"name": "track", "arguments": {"parcel": 7}}}]},
                 {"role": "tool", "content": "In Rome", "tool_call_id": "call_1_0"},
                 {"role": "assistant", "content": "It is in Rome."}],
                 "tools": [{"type": "function", "function": {"name": "track", "parameters": {}}}]}""");
        ChatQuestion question = ChatMessages.question(row, 9);
        assertThat(question.tools()).hasSize(1);
        assertThat(question.messages()).hasSize(3);
        assertThat(question.messages().get(1).get("content")).isNull();
        assertThat(question.messages().get(1).get("tool_calls"))
                .isEqualTo(List.of(Map.of(
                        "id",
                        "call_1_0",
                        "type",
                        "function",
                        "function",
                        Map.of("name", "track", "arguments", "{\"parcel\":7}"))));
        assertThat(question.messages().get(2)).containsEntry("tool_call_id", "call_1_0");
    }
}
