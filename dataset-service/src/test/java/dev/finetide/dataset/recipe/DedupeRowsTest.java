package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.dataset.v1.DedupeKind;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DedupeRowsTest {
    private static final String LONG = "The quick brown fox jumps over the lazy dog near the river bank";

    @TempDir
    Path scratch;

    @Test
    void equalRowsAndEqualInputsAreDifferentThings() throws IOException {
        RecipeRun rows = new RecipeRun(scratch)
                .prompt("train", "a", "1")
                .prompt("train", "a", "2")
                .prompt("train", "a", "1", "lang", "en")
                .prompt("train", "b", "1");

        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.EXACT_ROW, 0)))
                .extracting(row -> row.input() + row.answer())
                .containsExactly("a1", "a2", "b1");
        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.EXACT_INPUT, 0)))
                .extracting(row -> row.input() + row.answer())
                .containsExactly("a1", "b1");
    }

    @Test
    void theRowOfTheEarlierSplitStaysWhereverItComes() throws IOException {
        RecipeRun rows = new RecipeRun(scratch)
                .prompt("ood", "a", "ood")
                .prompt("test", "a", "test")
                .prompt("test", LONG, "test")
                .prompt("validation", "a", "validation")
                .prompt("train", "a", "train")
                .prompt("train", LONG + "!", "train");

        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.EXACT_INPUT, 0)))
                .extracting(RecipeRow::answer)
                .containsExactly("test", "train", "train");
        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.NEAR_INPUT, 0)))
                .extracting(RecipeRow::answer)
                .containsExactly("train", "train");
        assertThat(rows.reports.getFirst().getRowsOut()).isEqualTo(2);
        assertThat(rows.reports.getFirst().getStep()).isEqualTo("dedupe near");
    }

    @Test
    void weightsAndAnswersAreNoPartOfAnInput() throws IOException {
        RecipeRun rows = new RecipeRun(scratch).row("train", """
                        {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0},\
                        {"role":"user","content":"c"},{"role":"assistant","content":"1"}]}""").row("train", """
                        {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},\
                        {"role":"user","content":"c"},{"role":"assistant","content":"2"}]}""");

        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.EXACT_INPUT, 0))).hasSize(1);
        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.EXACT_ROW, 0))).hasSize(2);
    }

    @Test
    void nearInputsWithOtherSystemTurnsAreDifferentTasks() throws IOException {
        RecipeRun rows = new RecipeRun(scratch);
        for (String system : new String[] {"Translate to French.", "Translate to German.", "Translate to French."}) {
            rows.row(
                    "train",
                    "{\"messages\":[{\"role\":\"system\",\"content\":\"%s\"},{\"role\":\"user\",\"content\":\"%s\"},{\"role\":\"assistant\",\"content\":\"x\"}]}"
                            .formatted(system, LONG));
        }

        assertThat(rows.run(RecipeRun.dedupe(DedupeKind.NEAR_INPUT, 0))).hasSize(2);
    }

    @Test
    void groupsAreTransitive() throws IOException {
        String a = "aaaaa bbbbb ccccc ddddd eeeee fffff ggggg hhhhh iiiii jjjjj";
        String b = a.replace("aaaaa", "zzzzz");
        String c = b.replace("jjjjj", "yyyyy");

        assertThat(new RecipeRun(scratch)
                        .prompt("train", a, "1")
                        .prompt("train", c, "3")
                        .run(RecipeRun.dedupe(DedupeKind.NEAR_INPUT, 0.7)))
                .hasSize(2);
        assertThat(new RecipeRun(scratch)
                        .prompt("train", c, "3")
                        .prompt("train", a, "1")
                        .prompt("train", b, "2")
                        .run(RecipeRun.dedupe(DedupeKind.NEAR_INPUT, 0.7)))
                .extracting(RecipeRow::answer)
                .containsExactly("3");
    }

    @Test
    void aThresholdIsForNearInputsOnly() {
        assertThatThrownBy(() -> new RecipeRun(scratch).run(RecipeRun.dedupe(DedupeKind.EXACT_ROW, 0.5)))
                .hasMessage("recipe.steps[0].dedupe.threshold: is only for near inputs");
    }
}
