package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskInstructionTest {
    private static String of(Task task, String... answers) {
        return TaskInstruction.of(task, List.of(), List.of(answers));
    }

    @Test
    void aClassificationNamesItsLabels() {
        assertThat(TaskInstruction.of(Task.CLASSIFICATION, List.of("late", "lost"), List.of()))
                .isEqualTo("Answer with one of: late, lost");
        assertThat(TaskInstruction.of(Task.CLASSIFICATION, List.of("late, again", "lost"), List.of()))
                .isEqualTo("Answer with one of:\n- late, again\n- lost");
    }

    @Test
    void aNumberIsWrittenAsTheTrainAnswersWriteIt() {
        assertThat(of(Task.NUMBER, "51", "1")).isEqualTo("Answer with the number alone.");
        assertThat(of(Task.NUMBER, "1 + 1\n#### 2", "#### 3"))
                .isEqualTo("Work out the answer step by step, and end with #### and the number.");
        assertThat(of(Task.NUMBER, "So \\boxed{2}"))
                .isEqualTo("Work out the answer step by step, and end with the number in \\boxed{}.");
    }

    @Test
    void jsonNamesTheKeysOfTheTrainAnswers() {
        assertThat(of(Task.JSON_EXTRACTION, "{\"city\":\"Oslo\"}", "{\"city\":\"Bergen\",\"day\":1}"))
                .isEqualTo("Answer with one JSON object with the keys city, day, and with nothing else.");
        assertThat(of(
                        Task.JSON_EXTRACTION,
                        "{\"intent\":\"a\",\"slots\":{\"x\":1}}",
                        "{\"intent\":\"a\",\"slots\":{\"y\":1}}"))
                .isEqualTo("Answer with one JSON object with the keys intent, slots (an object with some of x, y), and"
                        + " with nothing else.");
        assertThat(of(Task.JSON_EXTRACTION, "[{\"city\":\"Oslo\"}]"))
                .isEqualTo("Answer with a JSON array of objects with the keys city, and with nothing else.");
        assertThat(of(Task.JSON_EXTRACTION, "[1]", "broken {"))
                .isEqualTo("Answer with one JSON object, and with nothing else.");
        assertThat(of(Task.JSON_EXTRACTION, "[1]")).isEqualTo("Answer with a JSON array, and with nothing else.");
    }

    @Test
    void textsAreAboutAsLongAsTheTrainAnswers() {
        assertThat(of(Task.SHORT_ANSWER, "Oslo")).isEqualTo("Answer with a few words, without an explanation.");
        assertThat(of(Task.SUMMARY, "word ".repeat(38), "word ".repeat(41), "word"))
                .isEqualTo("Summarise the text in about 40 words.");
        assertThat(of(Task.FREE_TEXT, "a b c")).isEqualTo("Answer in about 3 words.");
        assertThat(of(Task.FREE_TEXT)).isEqualTo("Answer in about 1 words.");
    }
}
