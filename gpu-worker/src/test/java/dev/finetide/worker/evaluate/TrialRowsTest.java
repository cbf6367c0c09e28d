package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextRow;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrialRowsTest {
    private static final Measuring ANY = Measuring.of(EvaluationConfig.getDefaultInstance(), List.of(), List.of());

    private static List<TextRow> rows(String name, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> (TextRow) new PromptCompletionRow(name + i, "answer"))
                .toList();
    }

    private static TrialRows trial(int train, int validation) {
        EvaluationData data =
                new EvaluationData("test", List.of(), rows("train", train), rows("validation", validation), ANY, 4, 0);
        return TrialRows.of(data, new ExamplePool(data.train(), false));
    }

    @Test
    void validationRowsAreTakenWhereThereAreSome() {
        TrialRows trial = trial(1000, 30);
        assertThat(trial.rows()).containsExactlyInAnyOrderElementsOf(rows("validation", 30));
        assertThat(trial.pool().size()).isEqualTo(1000);
        assertThat(trial(10, 500).rows()).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void otherwiseTrainRowsAreKeptApartAndAreNoExamples() {
        TrialRows trial = trial(1000, 0);
        assertThat(trial.rows()).hasSize(100).isEqualTo(trial(1000, 0).rows());
        Examples all = Examples.newBuilder()
                .setCount(900)
                .setChoice(ExampleChoice.RANDOM)
                .build();
        assertThat(trial.pool().examples(all, 0, trial.rows().getFirst()))
                .hasSize(900)
                .doesNotContainAnyElementsOf(trial.rows());
        assertThat(trial(12, 0).rows()).hasSize(3);
        assertThat(trial(12, 0).pool().size()).isEqualTo(9);
    }

    @Test
    void oneTrainRowIsNoTrial() {
        assertThat(trial(1, 0).rows()).isEmpty();
        assertThat(trial(1, 0).pool().size()).isEqualTo(1);
        assertThat(trial(0, 0).rows()).isEmpty();
    }
}
