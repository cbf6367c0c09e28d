package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromptingTextsTest {
    private static final Prompting PLAIN = Prompting.getDefaultInstance();

    private static Prompting instruction(String text) {
        return Prompting.newBuilder().setInstruction(text).build();
    }

    private static Prompting examples(Examples.Builder examples) {
        return Prompting.newBuilder().setExamples(examples).build();
    }

    @Test
    void whatIsUnspecifiedIsFilledIn() {
        assertThat(PromptingTexts.filled(PLAIN, "Choose.")).isEqualTo(PLAIN);
        Prompting task = PromptingTexts.filled(
                Prompting.newBuilder().setTaskInstruction(true).build(), "Choose.");
        assertThat(task.getInstruction()).isEqualTo("Choose.");
        assertThat(task.getTaskInstruction()).isTrue();
        assertThat(PromptingTexts.filled(task, "Another one.")).isEqualTo(task);
        Prompting random =
                PromptingTexts.filled(examples(Examples.newBuilder().setCount(4).setChoice(ExampleChoice.RANDOM)), "");
        assertThat(PromptingTexts.repeats(random)).isEqualTo(3);
        assertThat(random.getExamples().getOrder()).isEqualTo(ExampleOrder.NEAREST_LAST);
        Prompting similar =
                PromptingTexts.filled(examples(Examples.newBuilder().setCount(4).setRepeats(5)), "");
        assertThat(similar.getExamples().getChoice()).isEqualTo(ExampleChoice.SIMILAR);
        assertThat(PromptingTexts.repeats(similar))
                .as("all draws would be equal")
                .isEqualTo(1);
        assertThat(PromptingTexts.repeats(PLAIN)).isEqualTo(1);
    }

    @Test
    void promptingsAreToldApartInWords() {
        List<Prompting> all = List.of(
                PLAIN,
                instruction("Be brief."),
                instruction("Be long.").toBuilder()
                        .setExamples(Examples.newBuilder().setCount(8))
                        .build(),
                Prompting.newBuilder()
                        .setTaskInstruction(true)
                        .setSystem("You sort.")
                        .build(),
                examples(Examples.newBuilder()
                        .setCount(1)
                        .setChoice(ExampleChoice.RANDOM)
                        .setOrder(ExampleOrder.NEAREST_FIRST)));

        assertThat(IntStream.range(0, all.size()).mapToObj(i -> PromptingTexts.describe(all, i)))
                .containsExactly(
                        "as trained",
                        "instruction 1",
                        "instruction 2, 8 similar examples",
                        "system text, instruction of the task",
                        "1 random example, nearest first");
    }
}
