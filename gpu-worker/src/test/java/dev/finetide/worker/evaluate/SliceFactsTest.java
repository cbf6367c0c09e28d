package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.RowFacts;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SliceFactsTest {
    private static final String SAME = "{\"prompt\":\"My  parcel number 3 is late.\",\"completion\":\"delivery\"}";
    private static final String NEAR =
            "{\"prompt\":\"My parcel number 77 is late.\",\"completion\":\"delivery\",\"tags\":{\"region\":\"%s\"}}"
                    .formatted("n".repeat(150));
    private static final String FAR = "{\"prompt\":\"¿Dónde?\",\"completion\":\"billing\"}";

    @Test
    void factsSayTagsLabelLengthSimilarityAndLeaks() {
        List<TextRow> train = IntStream.range(0, 30)
                .mapToObj(i -> TextRow.parse(EvaluationStage.row(i)))
                .toList();
        Measuring measuring = Measuring.of(
                EvaluationConfig.getDefaultInstance(),
                train.stream().map(RowTexts::userText).toList(),
                train.stream().map(RowTexts::answer).toList());
        EvaluationData data = new EvaluationData(
                "test",
                List.of(SourcedRow.parse(SAME), SourcedRow.parse(NEAR), SourcedRow.parse(FAR)),
                train,
                List.of(),
                measuring,
                8,
                0);
        try (ExamplePool pool = new ExamplePool(train, false)) {
            SliceFacts facts = new SliceFacts(data, pool);

            assertThat(facts.of(0))
                    .isEqualTo(RowFacts.newBuilder()
                            .setLabel("delivery")
                            .setInputCharacters(28)
                            .setTrainSimilarity(1)
                            .setLeaked(true)
                            .build());
            // The questions have my, parcel, number, is and late in common, and two numbers are different.
            assertThat(facts.of(1).getTrainSimilarity()).isEqualTo(5.0 / 7);
            assertThat(facts.of(1).getLeaked()).isFalse();
            assertThat(facts.of(1).getTagsMap()).containsExactly(java.util.Map.entry("region", "n".repeat(100)));
            assertThat(facts.of(2).getTrainSimilarity()).isZero();
            assertThat(facts.of(2).getInputCharacters()).isEqualTo(7);
        }
    }
}
