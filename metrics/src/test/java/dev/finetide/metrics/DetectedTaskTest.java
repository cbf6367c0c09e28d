package dev.finetide.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DetectedTaskTest {
    @Test
    void jsonIsAnExtraction() {
        check(
                30,
                i -> "{\"city\": \"c" + i + "\"}",
                Task.JSON_EXTRACTION,
                "30 of 30 train answers are a JSON object or array");
        check(
                30,
                i -> i == 7 ? "none" : "[" + i + "]",
                Task.JSON_EXTRACTION,
                "29 of 30 train answers are a JSON object or array");
        assertThat(detect(30, i -> "{city: c" + i + "}").task()).isNotEqualTo(Task.JSON_EXTRACTION);
    }

    @Test
    void callsAreATaskOfTheirOwn() {
        IntFunction<String> openAi =
                i -> "Let me see.\n[{\"id\": \"c\", \"type\": \"function\", \"function\": {\"name\": \"f\","
                        + " \"arguments\": {\"x\": " + i + "}}}]";
        check(30, openAi, Task.FUNCTION_CALLS, "30 of 30 train answers are calls");
        check(
                30,
                i -> "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": " + i + "}}\n</tool_call>",
                Task.FUNCTION_CALLS,
                "30 of 30 train answers are calls");
        assertThat(detect(30, i -> i % 2 == 0 ? openAi.apply(i) : "You are welcome")
                        .task())
                .isNotEqualTo(Task.FUNCTION_CALLS);
        assertThat(detect(30, i -> "{\"name\": \"Bo " + i + "\"}").task()).isEqualTo(Task.JSON_EXTRACTION);
        assertThat(detect(30, i -> "{\"name\": \"Bo\", \"parameters\": [" + i + "]}")
                        .task())
                .isEqualTo(Task.JSON_EXTRACTION);
    }

    @Test
    void rowsWithToolsAreScoredByCallsWhereSomeAnswerCalls() {
        List<String> inputs = texts(30, i -> "What is it?");
        List<String> answers = texts(
                30, i -> i % 5 == 0 ? "{\"name\": \"f\", \"arguments\": {\"x\": " + i + "}}" : "It is the answer " + i);

        DetectedTask found = DetectedTask.of(inputs, answers, 20);

        assertThat(found.task()).isEqualTo(Task.FUNCTION_CALLS);
        assertThat(found.reason()).isEqualTo("20 of 30 train rows offer tools, and 6 of 30 answers call one");
        assertThat(DetectedTask.of(inputs, answers, 10).task()).isNotEqualTo(Task.FUNCTION_CALLS);
        assertThat(DetectedTask.of(inputs, texts(30, i -> "It is the answer " + i), 30)
                        .task())
                .isNotEqualTo(Task.FUNCTION_CALLS);
    }

    @Test
    void fewShortAnswersThatRepeatAreLabels() {
        check(
                12,
                i -> "label " + i % 3 + " ",
                Task.CLASSIFICATION,
                "The 12 train answers are 3 different texts of at most 7 characters");
        assertThat(detect(12, i -> "label " + i % 3).labels()).containsExactly("label 0", "label 1", "label 2");
        assertThat(detect(300, i -> "label " + i % 77).labels()).hasSize(77);
        assertThat(detect(50, i -> "label " + i % 40).task()).isEqualTo(Task.SHORT_ANSWER);
        assertThat(detect(900, i -> "label " + i % 101).task()).isEqualTo(Task.SHORT_ANSWER);
        assertThat(detect(20, i -> "the same").task()).isEqualTo(Task.SHORT_ANSWER);
    }

    @Test
    void numbersAreLabelsOnlyWhereTheyAreVeryFew() {
        assertThat(detect(50, i -> "" + i % 5).task()).isEqualTo(Task.CLASSIFICATION);
        check(50, i -> "" + i % 11, Task.NUMBER, "50 of 50 train answers are a number or end in one");
        assertThat(detect(20, i -> "" + i % 5).task()).isEqualTo(Task.NUMBER);
    }

    @Test
    void derivationsEndInANumber() {
        assertThat(detect(20, i -> "He buys " + i + " apples.\n#### " + 3 * i).task())
                .isEqualTo(Task.NUMBER);
        assertThat(detect(20, i -> "So x = " + i + " and \\boxed{" + i + "} it is")
                        .task())
                .isEqualTo(Task.NUMBER);
        assertThat(detect(20, i -> "We add them up. The answer is $" + i + ".50.")
                        .task())
                .isEqualTo(Task.NUMBER);
        assertThat(detect(20, i -> "3 + " + i + " = " + (3 + i)).task()).isEqualTo(Task.NUMBER);
        assertThat(detect(20, i -> "It was built in the year 19" + (10 + i)).task())
                .isEqualTo(Task.FREE_TEXT);
    }

    @Test
    void aFewWordsAreAShortAnswer() {
        check(20, i -> "Name" + i + " Surname", Task.SHORT_ANSWER, "A train answer has 2 words (median)");
        check(20, i -> "Name" + i, Task.SHORT_ANSWER, "A train answer has 1 word (median)");
        assertThat(detect(20, i -> "東京都第" + i).task()).isEqualTo(Task.SHORT_ANSWER);
    }

    @Test
    void wordsOfTheInputAreAShortAnswer() {
        String words = "between the second and the third";
        List<String> inputs = texts(20, i -> "Number " + i + " stands " + words + " row " + i + ". Where?");

        DetectedTask found = DetectedTask.of(inputs, texts(20, i -> words + " row " + i));

        assertThat(found.task()).isEqualTo(Task.SHORT_ANSWER);
        assertThat(found.reason()).isEqualTo("A train answer has 8 words (median), and 20 of 20 stand in their input");
    }

    @Test
    void aTextMuchShorterThanALongInputIsASummary() {
        List<String> inputs = texts(20, i -> ("word" + i + " ").repeat(120));

        DetectedTask found = DetectedTask.of(inputs, texts(20, i -> "some ".repeat(12) + i));

        assertThat(found.task()).isEqualTo(Task.SUMMARY);
        assertThat(found.reason()).isEqualTo("A train input has 120 words and its answer 13 words (medians)");
        assertThat(DetectedTask.of(inputs, texts(20, i -> "some ".repeat(60) + i))
                        .task())
                .isEqualTo(Task.FREE_TEXT);
    }

    @Test
    void theTaskOfALargeSplitIsFoundOnAPartOfIt() {
        String input = "between the second and the third word ".repeat(100);
        List<String> answers = texts(60_000, i -> "an answer of some words with number " + i);
        assertThat(DetectedTask.of(Collections.nCopies(60_000, input), answers).task())
                .isEqualTo(Task.SUMMARY);
    }

    @Test
    void anythingElseIsFreeText() {
        check(
                20,
                i -> "Slogan number " + i + " for a fresher day",
                Task.FREE_TEXT,
                "The 20 train answers are 20 different texts of 7 words (median)");
        check(0, i -> "", Task.FREE_TEXT, "No train row has an answer");
        check(5, i -> " ", Task.FREE_TEXT, "No train row has an answer");
        assertThatThrownBy(() -> DetectedTask.of(List.of("a"), List.of())).hasMessage("1 inputs have 0 answers");
    }

    private static void check(int rows, IntFunction<String> answer, Task task, String reason) {
        DetectedTask found = detect(rows, answer);
        assertThat(found.task()).isEqualTo(task);
        assertThat(found.reason()).isEqualTo(reason);
    }

    private static DetectedTask detect(int rows, IntFunction<String> answer) {
        return DetectedTask.of(Collections.nCopies(rows, "What is it?"), texts(rows, answer));
    }

    private static List<String> texts(int rows, IntFunction<String> text) {
        return IntStream.range(0, rows).mapToObj(text).toList();
    }
}
