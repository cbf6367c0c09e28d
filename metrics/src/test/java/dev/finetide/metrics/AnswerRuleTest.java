package dev.finetide.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.metrics.calls.CallConvention;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AnswerRuleTest {
    private static final List<String> INTENTS =
            List.of("card_arrival", "card_lost", "card", "Top-Up", "refund not showing up", "返金", ":-)", ":-(");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "card_arrival|card_arrival",
                "Card arrival.|card_arrival",
                "The category is \"CARD LOST\", not card_arrival.|card_lost",
                "cardArrival|card_arrival",
                "It is about the card: card_lost|card",
                "I think: top up!|Top-Up",
                "**Refund not showing up**|refund not showing up",
                "Discarded cards|Discarded cards",
                "これは返金です|返金",
                "I feel :-( today :-)|:-(",
                "  none of these  |none of these",
                "''|''"
            })
    void aClassificationTakesTheLabelThatIsNamedFirst(String reply, String answer) {
        assertThat(AnswerRule.of(Task.CLASSIFICATION, INTENTS, Optional.empty()).cut(reply))
                .isEqualTo(answer);
    }

    @Test
    void labelsThatOnlyCaseTellsApartAreFoundByTheirExactText() {
        AnswerRule rule = AnswerRule.of(Task.CLASSIFICATION, List.of("us", "US", "them"), Optional.empty());

        assertThat(rule.cut("US")).isEqualTo("US");
        assertThat(rule.cut("us")).isEqualTo("us");
        assertThat(rule.cut("They are Them")).isEqualTo("them");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Sure! Here: {\"a\": {\"b\": \"}\"}} Bye {}|{\"a\": {\"b\": \"}\"}}",
                "```json\\n[1, 2]\\n```|[1, 2]",
                "Use {braces} so: {\"a\": \"\\\\\"{\"}|{\"a\": \"\\\\\"{\"}",
                "{\"a\": 1|{\"a\": 1",
                "{a: 1} is it|{a: 1}",
                "none at all|none at all"
            })
    void anExtractionTakesTheFirstJson(String reply, String answer) {
        assertThat(AnswerRule.of(Task.JSON_EXTRACTION, List.of(), Optional.empty())
                        .cut(reply.replace("\\n", "\n").replace("\\\\", "\\")))
                .isEqualTo(answer.replace("\\\\", "\\"));
    }

    @Test
    void callsAreCutOutAsTheyStandAndUnreadableOnesSayWhy() {
        AnswerRule rule = AnswerRule.of(Task.FUNCTION_CALLS, List.of(), Optional.empty(), CallConvention.HERMES);
        String call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1}}\n</tool_call>";

        assertThat(rule.cut("I look it up. " + call + " Wait.\n" + call + "\n")).isEqualTo(call + "\n" + call);
        assertThat(rule.cut(" No call is needed. ")).isEqualTo("No call is needed.");
        assertThat(rule.cut("So: <tool_call>f(x = 1)</tool_call>, and " + call))
                .isEqualTo("<tool_call>f(x = 1)</tool_call>\n" + call + "\n(A call is not JSON.)");
        assertThat(rule.describe())
                .isEqualTo("The answer is each JSON object between <tool_call> and </tool_call>,"
                        + " or the whole reply where it calls nothing.");
    }

    @Test
    void aNumberAndATextAreCutAsTheirRulesSay() {
        assertThat(AnswerRule.of(Task.NUMBER, List.of(), Optional.empty()).cut("2 and 3 is 5."))
                .isEqualTo("5");
        assertThat(AnswerRule.of(Task.NUMBER, List.of(), Optional.empty()).cut(" none "))
                .isEqualTo("none");
        assertThat(AnswerRule.of(Task.SUMMARY, List.of(), Optional.empty()).cut("\n a b \n"))
                .isEqualTo("a b");
    }

    @ParameterizedTest
    @EnumSource
    void aPatternOfTheUsersReplacesTheRuleOfTheTask(Task task) {
        AnswerRule rule = AnswerRule.of(task, List.of("x"), Optional.of("(?i)answer: *(\\w+)|result (\\w+)"));

        assertThat(rule.cut("x Answer: blue 5 {}")).isEqualTo("blue");
        assertThat(rule.cut("the result red")).isEqualTo("red");
        assertThat(rule.cut(" neither \n")).isEqualTo("neither");
        assertThat(rule.describe()).contains("(?i)answer: *(\\w+)|result (\\w+)");
    }

    @ParameterizedTest
    @EnumSource
    void everyRuleDescribesItselfInOneSentence(Task task) {
        assertThat(AnswerRule.of(task, List.of("a"), Optional.empty()).describe())
                .startsWith("The answer is ")
                .endsWith(".")
                .doesNotContain("\n");
    }

    @Test
    void aPatternThatIsNoneIsRefused() {
        assertThatThrownBy(() -> AnswerRule.of(Task.NUMBER, List.of(), Optional.of("a(b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The pattern is no regular expression: ");
    }

    @Test
    void aPatternThatWouldNeverEndEndsWithAnError() {
        AnswerRule slow = AnswerRule.of(Task.FREE_TEXT, List.of(), Optional.of("(x+x+)+y"));
        AnswerRule deep = AnswerRule.of(Task.FREE_TEXT, List.of(), Optional.of("(?:a|b)*c"));

        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThatThrownBy(() -> slow.cut("x".repeat(200)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("The pattern takes too many steps on a text of 200 characters");
            assertThatThrownBy(() -> deep.cut("ab".repeat(100_000))).isInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    void repliesOfNothingButBracketsTakeNoTime() {
        AnswerRule rule = AnswerRule.of(Task.JSON_EXTRACTION, List.of(), Optional.empty());

        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            rule.cut("[".repeat(200_000));
            rule.cut("[".repeat(100_000) + "]".repeat(100_000));
            rule.cut("{\"a\":".repeat(50_000) + "}".repeat(50_000));
        });
    }
}
