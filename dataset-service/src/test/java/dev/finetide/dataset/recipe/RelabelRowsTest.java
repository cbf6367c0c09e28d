package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.dataset.row.RowId;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RelabelStep;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelabelRowsTest {
    private static final RecipeStep RELABEL =
            RecipeStep.newBuilder().setRelabel(RelabelStep.getDefaultInstance()).build();

    @TempDir
    Path scratch;

    private static String id(String json) {
        return RowId.of(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String row(int i) {
        return "{\"prompt\":\"q%d\",\"completion\":\"a%d\"}".formatted(i, i);
    }

    private RecipeRun rows() {
        return new RecipeRun(scratch)
                .row("train", row(1))
                .row("train", row(2))
                .row("train", row(1))
                .row("test", row(3));
    }

    @Test
    void rowsGetNewAnswersOrGo() throws IOException {
        RecipeRun rows = rows();
        rows.labels =
                "{\"id\":\"%s\",\"answer\":\"new\"}\n\n{\"id\":\"%s\",\"drop\":true}\r\n{\"id\":\"%s\",\"answer\":\"a3\"}"
                        .formatted(id(row(1)), id(row(2)), id(row(3)));

        assertThat(rows.run(RELABEL))
                .extracting(row -> row.input() + row.answer())
                .containsExactly("q1new", "q1new", "q3a3");
        assertThat(rows.reports.getFirst().getRowsIn()).isEqualTo(4);
        assertThat(rows.reports.getFirst().getRowsOut()).isEqualTo(3);
        assertThat(rows.reports.getFirst().getRowsChanged()).isEqualTo(2);
    }

    @Test
    void anIdThatNoRowHasRefusesTheRecipe() {
        RecipeRun rows = rows();
        rows.labels =
                "{\"id\":\"%s\",\"answer\":\"x\"}\n{\"id\":\"0123456789abcdef\",\"drop\":true}\n".formatted(id(row(1)));

        assertThatThrownBy(() -> rows.run(RELABEL))
                .hasMessage("recipe.steps[0].relabel: 1 ids are those of no row, the first: 0123456789abcdef (line 2)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"id":"0123456789abcdef","answer":"x","secret":1}  | line 1 of the file has a key that is none of id, answer and drop
                    {"id":"0123","drop":true}                          | line 1 of the file has no id of 16 hexadecimal digits
                    {"id":"0123456789abcdef"}                          | line 1 of the file has not one of answer and drop
                    {"id":"0123456789abcdef","answer":" "}             | line 1 of the file has an answer that is no text, or an empty one
                    {"id":"0123456789abcdef","drop":false}             | line 1 of the file has a drop that is not true
                    [1]                                                | line 1 of the file is not a JSON object
                    {oops                                              | line 1 of the file is not JSON
                    """)
    void aWrongLineIsNamed(String line, String problem) {
        RecipeRun rows = rows();
        rows.labels = line + "\n";

        assertThatThrownBy(() -> rows.run(RELABEL)).hasMessage("recipe.steps[0].relabel: " + problem);
    }

    @Test
    void anIdThatComesTwiceIsRefused() {
        RecipeRun rows = rows();
        String line = "{\"id\":\"%s\",\"answer\":\"x\"}\n".formatted(id(row(1)));
        rows.labels = line + line;

        assertThatThrownBy(() -> rows.run(RELABEL))
                .hasMessage("recipe.steps[0].relabel: line 2 of the file has the id %s, as an earlier line"
                        .formatted(id(row(1))));
    }
}
