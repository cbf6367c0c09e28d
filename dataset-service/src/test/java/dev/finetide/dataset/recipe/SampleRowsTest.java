package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.SampleStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleRowsTest {
    @TempDir
    Path scratch;

    private RecipeRun rows(int count) {
        RecipeRun rows = new RecipeRun(scratch);
        for (int i = 0; i < count; i++) {
            rows.prompt(i % 4 == 3 ? "test" : "train", "row " + i, "answer");
        }
        return rows;
    }

    private static Recipe sample(SampleStep.Builder step, long seed) {
        return Recipe.newBuilder()
                .setSeed(seed)
                .addSteps(RecipeStep.newBuilder().setSample(step))
                .build();
    }

    private static Set<String> inputs(List<RecipeRow> rows) {
        return new TreeSet<>(rows.stream().map(RecipeRow::input).toList());
    }

    @Test
    void everySplitKeepsTheNumberOfRowsInTheirOrder() throws IOException {
        List<RecipeRow> left = rows(400).run(sample(SampleStep.newBuilder().setRows(50), 1));

        assertThat(left).filteredOn(row -> row.split().equals("train")).hasSize(50);
        assertThat(left).filteredOn(row -> row.split().equals("test")).hasSize(50);
        assertThat(left)
                .filteredOn(row -> row.split().equals("train"))
                .extracting(RecipeRow::number)
                .isSorted();
        assertThat(rows(8).run(sample(SampleStep.newBuilder().setRows(50), 1))).hasSize(8);
    }

    @Test
    void theSampleOfANewerParentHasTheRowsThatBothHave() throws IOException {
        SampleStep.Builder tenth = SampleStep.newBuilder().setFraction(0.1);
        Set<String> before = inputs(rows(2_000).run(sample(tenth, 7)));
        Set<String> after = inputs(rows(2_200).run(sample(tenth, 7)));

        assertThat(before.size()).isBetween(150, 250);
        assertThat(after).containsAll(before);
        assertThat(inputs(rows(2_000).run(sample(tenth, 8)))).isNotEqualTo(before);
    }

    @Test
    void aMixIsTheLargestWhoseSharesAreRightWithinOneRow() {
        assertThat(MixSizes.of(List.of(100L, 100L), List.of(1.0, 1.0))).containsExactly(100, 100);
        // 90 of 101 are within one row of 0.9.
        assertThat(MixSizes.of(List.of(90L, 1_000L), List.of(0.9, 0.1))).containsExactly(90, 11);
        assertThat(MixSizes.of(List.of(10L, 11L), List.of(5.0, 5.0))).containsExactly(10, 11);
        assertThat(MixSizes.of(List.of(10L, 100L, 7L), List.of(1.0, 2.0, 1.0))).containsExactly(8, 16, 7);
        assertThat(MixSizes.of(List.of(0L, 100L), List.of(1.0, 99.0))).containsExactly(0, 99);
        assertThat(MixSizes.of(List.of(0L, 100L), List.of(1.0, 1.0))).containsExactly(0, 1);
    }
}
