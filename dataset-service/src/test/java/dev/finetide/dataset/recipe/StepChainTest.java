package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.SampleStep;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepChainTest {
    @TempDir
    Path scratch;

    private static RecipeStep limit(int most, boolean leaveOut) {
        return RecipeStep.newBuilder()
                .setMaxLength(LengthLimit.newBuilder().setMaxTokens(most).setLeaveOut(leaveOut))
                .build();
    }

    private static RecipeStep split(String column) {
        return RecipeStep.newBuilder()
                .setSplit(SplitRules.newBuilder().setColumn(column))
                .build();
    }

    @Test
    void everyStepSeesWhatTheOneBeforeHasLeft() throws IOException {
        RecipeRun rows = new RecipeRun(scratch);
        for (int i = 0; i < 1_000; i++) {
            rows.prompt(
                    "train",
                    "row " + i % 300 + (i % 2 == 0 ? " " : ""),
                    "answer",
                    "kind",
                    i % 3 == 0 ? "dev" : "train");
        }

        List<RecipeRow> left = rows.run(Recipe.newBuilder()
                .addSteps(RecipeRun.map(Map.of("prompt", "row.prompt.trim()")))
                .addSteps(RecipeRun.dedupe(DedupeKind.EXACT_INPUT, 0))
                .addSteps(RecipeRun.filter("!row.prompt.endsWith('7')"))
                .addSteps(RecipeStep.newBuilder()
                        .setSample(SampleStep.newBuilder().setRows(100)))
                .addSteps(split("kind"))
                .build());

        assertThat(left).hasSize(100).extracting(RecipeRow::input).doesNotHaveDuplicates();
        assertThat(left).extracting(RecipeRow::split).containsOnly("train", "validation");
        assertThat(rows.reports)
                .extracting(report -> report.getStep() + " " + report.getRowsIn() + " " + report.getRowsOut())
                .containsExactly(
                        "map 1000 1000", "dedupe input 1000 300", "filter 300 270", "sample 270 100", "split 100 100");
        assertThat(rows.reports.getFirst().getRowsChanged()).isEqualTo(500);
    }

    @Test
    void aStepForSomeSplitsLeavesTheOthersAlone() throws IOException {
        RecipeRun rows = new RecipeRun(scratch)
                .prompt("train", "a", "1")
                .prompt("train", "a", "1")
                .prompt("test", "a", "1")
                .prompt("test", "a", "1");

        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.EXACT_ROW, 0).toBuilder()
                        .addSplits("train")
                        .build()))
                .extracting(RecipeRow::split)
                .containsExactly("train", "test", "test");
    }

    @Test
    void longRowsAreLeftOutOrRefusedAndNeverCut() throws IOException {
        RecipeRun rows = new RecipeRun(scratch).prompt("train", "a", "1").prompt("train", "a".repeat(100), "1");

        assertThat(rows.run(limit(60, true)))
                .singleElement()
                .satisfies(row -> assertThat(row.input()).isEqualTo("a"));
        assertThatThrownBy(() -> rows.run(limit(60, false)))
                .hasMessageContaining("row 2 of train of " + RecipeRun.VERSION + ": it has 130 tokens, at most 60");
    }

    @Test
    void newSplitsComeLastAndNameASplit() {
        RecipeRun rows = new RecipeRun(scratch).prompt("train", "a", "1", "kind", "No Split!");

        assertThatThrownBy(() -> rows.run(split("kind"))).hasMessageContaining("the tag's value is no name of a split");
        assertThatThrownBy(() -> rows.run(split("other"))).hasMessageContaining("the row has no such tag");
        assertThatThrownBy(() -> rows.run(split("kind"), RecipeRun.filter("true")))
                .hasMessageContaining("recipe.steps[0].split: is the last step");
    }
}
