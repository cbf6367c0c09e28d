package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapRowsTest {
    private static final String CHAT = """
            {"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello","name":"Bot",\
            "tool_calls":[{"id":"1"}]}]}""";

    @TempDir
    Path scratch;

    @Test
    void expressionsSeeTheRowAsItCame() throws IOException {
        RecipeRun rows = new RecipeRun(scratch).prompt("train", "Q: one", " A: two", "lang", "en");

        assertThat(rows.run(RecipeRun.map(Map.of(
                        "prompt", "row.completion.trim() + '?'",
                        "completion", "row.prompt.replace('Q: ', '')",
                        "tags.size", "row.prompt.size()",
                        "tags.lang", "null"))))
                .singleElement()
                .satisfies(row -> {
                    assertThat(RecipeRun.json(row)).isEqualTo("{\"prompt\":\"A: two?\",\"completion\":\"one\"}");
                    assertThat(row.tags()).containsExactly(Map.entry("size", "6"));
                });
        assertThat(rows.reports.getFirst().getRowsChanged()).isEqualTo(1);
    }

    @Test
    void answerAndSystemTurnOfAChatAreSet() throws IOException {
        RecipeRun rows = new RecipeRun(scratch).row("train", CHAT);

        assertThat(rows.run(RecipeRun.map(Map.of("answer", "answer + '!'", "system", "'Be brief.'"))))
                .singleElement()
                .satisfies(row -> assertThat(RecipeRun.json(row)).isEqualTo("""
                                {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},\
                                {"role":"assistant","content":"Hello!","name":"Bot"}]}"""));
    }

    @Test
    void aRowThatStaysTheSameIsNotCounted() throws IOException {
        RecipeRun rows = new RecipeRun(scratch).prompt("train", "a", "b").prompt("train", "c ", "d");

        rows.run(RecipeRun.map(Map.of("prompt", "row.prompt.trim()")));

        assertThat(rows.reports.getFirst().getRowsChanged()).isEqualTo(1);
    }

    @Test
    void aFieldThatTheRowCannotHaveIsRefused() {
        RecipeRun rows = new RecipeRun(scratch).row("train", CHAT);

        assertThatThrownBy(() -> rows.run(RecipeRun.map(Map.of("prompt", "'x'"))))
                .hasMessage("recipe.steps[0].map.fields[0].field: row 1 of train of " + RecipeRun.VERSION
                        + ": the row has no prompt");
        assertThatThrownBy(() -> rows.run(RecipeRun.map(Map.of("label", "'x'"))))
                .hasMessageContaining("recipe.steps[0].map.fields[0].field: expected prompt");
        assertThatThrownBy(() -> rows.run(RecipeRun.map(Map.of("answer", "3"))))
                .hasMessageContaining("expected an expression of type string, got int");
    }
}
