package dev.finetide.worker.evaluate.judge;

import static dev.finetide.worker.evaluate.endpoint.ChatServer.question;
import static dev.finetide.worker.evaluate.endpoint.ChatServer.saying;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.proto.worker.v1.JudgedRows;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.endpoint.ChatEndpoint;
import dev.finetide.worker.evaluate.endpoint.ChatServer;
import dev.finetide.worker.evaluate.endpoint.ChatServer.Response;
import dev.finetide.worker.evaluate.endpoint.EndpointFailedException;
import dev.finetide.worker.evaluate.endpoint.EndpointKeys;
import dev.finetide.worker.evaluate.endpoint.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A judge behind a real HTTP server that prefers the longer answer, or behaves as a test says.
@Timeout(600)
class JudgeTest {
    private static final int ROWS = 6;
    private static final ArmPair TUNED = new ArmPair("zebra-tuned", "zebra-base");
    private static final String BASE_ANSWER = "It is late.";
    private static final String TUNED_ANSWER = "It is late, and it comes tomorrow.";

    private final List<JudgeReply> replies = new ArrayList<>();
    private int reportsLeft = Integer.MAX_VALUE;
    private ChatServer server;

    @BeforeEach
    void serve() throws IOException {
        server = new ChatServer((number, request) -> saying(longer(request)));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static String longer(JsonNode request) {
        String text = question(request);
        return part(text, "answer_A").length() > part(text, "answer_B").length() ? "A" : "B";
    }

    private static String part(String text, String tag) {
        return text.substring(text.indexOf("<" + tag + ">"), text.indexOf("</" + tag + ">"));
    }

    private JudgeConfig.Builder config() {
        return JudgeConfig.newBuilder()
                .setEndpoint(Endpoint.newBuilder()
                        .setUrl(server.url())
                        .setModel("some-judge")
                        .setInputPrice(2)
                        .setOutputPrice(10)
                        .setTimeoutSeconds(20)
                        .setRequestsAtOnce(1));
    }

    private static JudgeRows rows(Map<String, String> answers) {
        List<TextRow> asked = IntStream.range(0, ROWS)
                .mapToObj(i ->
                        TextRow.parse("{\"prompt\":\"Where is parcel %d?\",\"completion\":\"In Rome.\"}".formatted(i)))
                .toList();
        Map<String, Map<Integer, String>> byArm = answers.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        arm -> IntStream.range(0, ROWS)
                                .boxed()
                                .collect(Collectors.toMap(i -> i, _ -> arm.getValue()))));
        return new JudgeRows(asked, IntStream.range(0, ROWS).boxed().toList(), byArm);
    }

    private static JudgeRows usualRows() {
        return rows(Map.of(TUNED.arm(), TUNED_ANSWER, TUNED.other(), BASE_ANSWER));
    }

    private boolean judge(JudgeConfig config, JudgeRows rows, HumanLabels labels, JudgedBefore before) {
        Patience impatient = new Patience(
                2, Duration.ofMillis(1), Duration.ofMillis(4), Duration.ofSeconds(2), Duration.ofMinutes(1));
        JudgeListener listener = new JudgeListener() {
            @Override
            public void onReplies(List<JudgeReply> some) {
                replies.addAll(some);
                reportsLeft--;
            }

            @Override
            public boolean stopRequested() {
                return reportsLeft <= 0;
            }
        };
        try (ChatEndpoint endpoint =
                new ChatEndpoint(config.getEndpoint(), new EndpointKeys(Optional.empty()), impatient)) {
            return new Judge(config, rows, labels, before, String::length, listener).run(List.of(TUNED), endpoint);
        }
    }

    private boolean judge() {
        return judge(config().build(), usualRows(), HumanLabels.NONE, new JudgedBefore(List.of()));
    }

    @Test
    void bothOrdersOfEachPairAreAskedAndPaid() {
        assertThat(judge()).isTrue();
        assertThat(replies).hasSize(2 * ROWS).allSatisfy(reply -> {
            assertThat(reply.getPreference()).isEqualTo(Preference.PREFERS_ARM);
            assertThat(reply.getArm()).isEqualTo(TUNED.arm());
            assertThat(reply.getOther()).isEqualTo(TUNED.other());
            assertThat(reply.getAsk()).isEqualTo(1);
            assertThat(reply.getTotalRows()).isEqualTo(ROWS);
            assertThat(reply.getPrice()).isCloseTo((50 * 2 + 7 * 10) / 1e6, within(1e-12));
        });
        assertThat(replies.stream().filter(JudgeReply::getArmFirst)).hasSize(ROWS);
        assertThat(server.requests).hasSize(2 * ROWS);
    }

    @Test
    void theJudgeReadsTheQuestionAndTheAnswersAndNoNameOfAnArm() {
        judge(
                config().setCriteria("The kinder answer wins.").build(),
                usualRows(),
                HumanLabels.NONE,
                new JudgedBefore(List.of()));
        assertThat(server.requests).allSatisfy(request -> {
            assertThat(request.toString()).doesNotContain("zebra").doesNotContain("In Rome.");
            assertThat(request.path("messages").path(0).path("content").asText())
                    .contains("The kinder answer wins.");
            assertThat(question(request))
                    .contains("Where is parcel ")
                    .contains(TUNED_ANSWER)
                    .contains(BASE_ANSWER);
            assertThat(request.path("max_tokens").asInt()).isEqualTo(16);
        });
        server.requests.clear();
        judge(
                config().setShowExpected(true).setMaxTokens(900).build(),
                usualRows(),
                HumanLabels.NONE,
                new JudgedBefore(List.of()));
        assertThat(server.requests).allSatisfy(request -> {
            assertThat(question(request)).contains("In Rome.");
            assertThat(request.path("max_tokens").asInt()).isEqualTo(900);
        });
    }

    @Test
    void answersThatAreTheSameTextAreATieThatIsNotPaid() {
        judge(
                config().build(),
                rows(Map.of(TUNED.arm(), BASE_ANSWER, TUNED.other(), BASE_ANSWER)),
                HumanLabels.NONE,
                new JudgedBefore(List.of()));
        assertThat(server.requests).isEmpty();
        assertThat(replies).hasSize(2 * ROWS).allSatisfy(reply -> {
            assertThat(reply.getPreference()).isEqualTo(Preference.TIE);
            assertThat(reply.getEqualAnswers()).isTrue();
            assertThat(reply.getPrice()).isZero();
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            A                      | PREFERS_ARM
            B                      | PREFERS_OTHER
            tie                    | TIE
            ' **B**. '             | PREFERS_OTHER
            "A"                    | PREFERS_ARM
            <think>B?</think>Tie   | TIE
            a                      | UNREADABLE
            A or B                 | UNREADABLE
            Answer A is better     | UNREADABLE
            AB                     | UNREADABLE
            C                      | UNREADABLE
            ''                     | UNREADABLE
            <think>A               | UNREADABLE
            """)
    void aReplyIsReadStrictly(String reply, Preference expected) {
        assertThat(JudgePrompt.read(reply, true)).isEqualTo(expected);
        Preference turned = expected == Preference.PREFERS_ARM
                ? Preference.PREFERS_OTHER
                : expected == Preference.PREFERS_OTHER ? Preference.PREFERS_ARM : expected;
        assertThat(JudgePrompt.read(reply, false)).isEqualTo(turned);
    }

    @Test
    void aReplyThatIsNoneOfTheThreeIsAskedForOnceMoreAndShown() {
        server.behave((number, request) -> saying(
                question(request).endsWith("Another reply does not count.") && number < 6 ? "B" : "Both are nice."));
        assertThat(judge()).isTrue();
        assertThat(server.requests).hasSize(4 * ROWS);
        assertThat(replies).hasSize(4 * ROWS);
        assertThat(replies.getFirst().getPreference()).isEqualTo(Preference.UNREADABLE);
        assertThat(replies.getFirst().getUnreadable()).isEqualTo("Both are nice.");
        assertThat(replies.get(1).getAsk()).isEqualTo(2);
        assertThat(replies.get(1).getPreference()).isEqualTo(Preference.PREFERS_OTHER);
        assertThat(replies.getLast().getPreference()).isEqualTo(Preference.UNREADABLE);
        assertThat(replies.getLast().getAsk()).isEqualTo(2);
    }

    @Test
    void aQuestionWithoutAReplyIsShownAndManyEndTheJudge() {
        server.behave((number, request) -> number == 3 ? Response.json(200, "{}") : saying("A"));
        assertThat(judge()).isTrue();
        assertThat(replies.get(2).getPreference()).isEqualTo(Preference.UNANSWERED);
        assertThat(replies.get(2).getError()).isEqualTo("the response has no choices with a message");

        replies.clear();
        server.behave((number, request) -> Response.json(200, "{}"));
        assertThatThrownBy(this::judge)
                .isInstanceOf(EndpointFailedException.class)
                .hasMessage(
                        "4 questions one after the other got no answer: the response has no choices with a message");
        assertThat(replies).hasSize(4);
    }

    @Test
    void nothingIsPaidTwiceWhenAWorkerStopsAndAnotherGoesOn() {
        server.behave((number, request) -> saying(number == 1 ? "?" : "A"));
        reportsLeft = 5;
        assertThat(judge()).isFalse();
        assertThat(server.requests).hasSize(5);
        List<JudgeReply> first = List.copyOf(replies);
        replies.clear();
        reportsLeft = Integer.MAX_VALUE;

        assertThat(judge(config().build(), usualRows(), HumanLabels.NONE, before(first)))
                .isTrue();

        assertThat(server.requests).hasSize(2 * ROWS + 1);
        assertThat(replies).hasSize(2 * ROWS + 1 - 5);
    }

    @Test
    void theSecondQuestionAfterAnUnreadableReplyIsThatOfTheNextWorker() {
        JudgeReply unreadable = JudgeReply.newBuilder()
                .setArm(TUNED.arm())
                .setOther(TUNED.other())
                .setArmFirst(true)
                .setAsk(1)
                .setPreference(Preference.UNREADABLE)
                .build();
        judge(config().build(), usualRows(), HumanLabels.NONE, before(List.of(unreadable)));
        assertThat(question(server.requests.getFirst())).endsWith("Another reply does not count.");
        assertThat(replies.getFirst().getAsk()).isEqualTo(2);
        assertThat(server.requests).hasSize(2 * ROWS);
    }

    static JudgedBefore before(List<JudgeReply> replies) {
        List<JudgedRows> rows = new ArrayList<>();
        for (boolean first : new boolean[] {true, false}) {
            BitSet settled = new BitSet();
            BitSet unreadable = new BitSet();
            replies.stream()
                    .filter(reply -> reply.getArmFirst() == first)
                    .forEach(reply -> (reply.getPreference() == Preference.UNREADABLE && reply.getAsk() == 1
                                    ? unreadable
                                    : settled)
                            .set((int) reply.getRow()));
            rows.add(JudgedRows.newBuilder()
                    .setArm(TUNED.arm())
                    .setOther(TUNED.other())
                    .setArmFirst(first)
                    .setSettled(ByteString.copyFrom(settled.toByteArray()))
                    .setUnreadable(ByteString.copyFrom(unreadable.toByteArray()))
                    .build());
        }
        return new JudgedBefore(rows);
    }

    @Test
    void longTextsAreCutForTheJudgeAndCounted() {
        judge(
                config().build(),
                rows(Map.of(TUNED.arm(), "x".repeat(30_000), TUNED.other(), BASE_ANSWER)),
                HumanLabels.NONE,
                new JudgedBefore(List.of()));
        assertThat(replies).allSatisfy(reply -> assertThat(reply.getTextsCut()).isTrue());
        assertThat(question(server.requests.getFirst()).length()).isLessThan(17_000);
    }

    @Test
    void aHumanLabelStandsWithTheRepliesAboutItsRow() {
        HumanLabels labels = HumanLabels.read(
                "l",
                List.of(label("2", "A", TUNED.other(), TUNED.arm()), label("4", "tie", TUNED.arm(), TUNED.other())),
                ROWS);
        judge(config().build(), usualRows(), labels, new JudgedBefore(List.of()));
        assertThat(replies.stream().filter(reply -> reply.getRow() == 1))
                .hasSize(2)
                .allSatisfy(reply -> assertThat(reply.getHuman()).isEqualTo(Preference.PREFERS_OTHER));
        assertThat(replies.stream().filter(reply -> reply.getRow() == 3))
                .hasSize(2)
                .allSatisfy(reply -> assertThat(reply.getHuman()).isEqualTo(Preference.TIE));
        assertThat(labels.rows(3, ROWS)).containsExactly(1, 3, 0);
        assertThat(labels.rows(1, ROWS)).containsExactly(1);
        assertThat(HumanLabels.NONE.rows(9, 2)).containsExactly(0, 1);
    }

    private static SourcedRow label(String row, String preference, String a, String b) {
        return SourcedRow.parse(
                "{\"prompt\":\"%s\",\"completion\":\"%s\",\"source\":{\"file\":\"labels\",\"line\":3},\"tags\":{\"arm_a\":\"%s\",\"arm_b\":\"%s\"}}"
                        .formatted(row, preference, a, b));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            7 | A | a | b | expected the number of an asked row as its prompt, from 1 to 6
            0 | A | a | b | expected the number of an asked row as its prompt, from 1 to 6
            x | A | a | b | expected the number of an asked row as its prompt, from 1 to 6
            1 | C | a | b | expected A, B or tie as its completion
            1 | A | a | a | expected two different arms in the tags arm_a and arm_b
            1 | A | a | ''| expected two different arms in the tags arm_a and arm_b
            """)
    void aLabelThatIsNoneIsRefusedWithItsPlace(String row, String preference, String a, String b, String problem) {
        assertThatThrownBy(() -> HumanLabels.read("some labels", List.of(label(row, preference, a, b)), ROWS))
                .hasMessageStartingWith("labels of some labels: labels line 3")
                .hasMessageEndingWith(problem);
    }

    @Test
    void labelsThatContradictOrHelpNobodyAreRefused() {
        assertThatThrownBy(() ->
                        HumanLabels.read("l", List.of(label("1", "A", "a", "b"), label("1", "A", "b", "a")), ROWS))
                .hasMessageContaining("is the second label of row 1 for the same two arms");
        HumanLabels ofOthers = HumanLabels.read("l", List.of(label("1", "A", "a", "b")), ROWS);
        assertThatThrownBy(() -> judge(config().build(), usualRows(), ofOthers, new JudgedBefore(List.of())))
                .hasMessageStartingWith("labels of l: none is about two arms that are judged against each other");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void eachArmIsJudgedAgainstOne() {
        assertThat(ArmPair.of(List.of("base", "a", "b"), "a"))
                .containsExactly(new ArmPair("base", "a"), new ArmPair("b", "a"));
        assertThatThrownBy(() -> ArmPair.of(List.of("a"), "a")).hasMessage("no arm is left to be judged against arm a");
        assertThatThrownBy(() -> ArmPair.of(List.of("a", "b"), "base"))
                .hasMessage("arm base, against which the others are judged, has failed");
    }
}
