package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextRow;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExamplePoolTest {
    private static final List<TextRow> ROWS = IntStream.range(0, 40)
            .mapToObj(i -> (TextRow) new PromptCompletionRow("question " + i % 20, "answer " + i % 20))
            .toList();

    private static Examples random(int count, long seed) {
        return Examples.newBuilder()
                .setCount(count)
                .setChoice(ExampleChoice.RANDOM)
                .setSeed(seed)
                .build();
    }

    private static Examples similar(int count) {
        return Examples.newBuilder().setCount(count).build();
    }

    @Test
    void aDrawDependsOnSeedAndRepeatAlone() {
        try (ExamplePool pool = new ExamplePool(ROWS, false)) {
            List<TextRow> first = pool.examples(random(8, 1), 0, ROWS.get(0));
            assertThat(pool.examples(random(8, 1), 0, ROWS.get(7)))
                    .isEqualTo(first)
                    .hasSize(8);
            assertThat(pool.examples(random(8, 1), 1, ROWS.get(0))).isNotEqualTo(first);
            assertThat(pool.examples(random(8, 2), 0, ROWS.get(0))).isNotEqualTo(first);
            assertThat(pool.examples(random(5, 1), 0, ROWS.get(0))).isEqualTo(first.subList(0, 5));
            assertThat(pool.examples(random(40, 1), 0, ROWS.get(0))).containsExactlyInAnyOrderElementsOf(ROWS);
        }
    }

    @Test
    void aRowOfTheTrainSplitIsNotShownItsOwnAnswer() {
        TextRow asked = ROWS.get(3);
        try (ExamplePool pool = new ExamplePool(ROWS, true)) {
            assertThat(pool.examples(similar(5), 0, asked)).hasSize(5).doesNotContain(asked);
            assertThat(pool.examples(random(38, 1), 0, asked)).hasSize(38).doesNotContain(asked);
            assertThat(pool.examples(similar(40), 0, asked)).hasSize(38).doesNotContain(asked);
        }
        try (ExamplePool pool = new ExamplePool(ROWS, false)) {
            assertThat(pool.examples(similar(2), 0, asked)).containsExactly(asked, asked);
        }
    }

    @Test
    void theWholeTextOfTheUserDecidesWhatIsSimilar() {
        TextRow far = TextRow.parse("""
                {"messages":[{"role":"user","content":"How is the weather in Aarhus?"},{"role":"assistant","content":"Fine."},
                 {"role":"user","content":"And tomorrow?"},{"role":"assistant","content":"Rain."}]}""");
        TextRow near = new PromptCompletionRow("weather in Aarhus", "Fine.");
        TextRow other = new PromptCompletionRow("what comes tomorrow", "Monday.");
        try (ExamplePool pool = new ExamplePool(List.of(other, near), false)) {
            assertThat(pool.examples(similar(1), 0, far)).containsExactly(near);
        }
    }
}
