package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterRowsTest {
    @TempDir
    Path scratch;

    private RecipeRun rows;

    @BeforeEach
    void aFewRows() {
        rows = new RecipeRun(scratch)
                .prompt("train", "How are you?", " Fine", "lang", "en", "stars", "5")
                .prompt("train", "Wie geht es?", " Gut", "lang", "de")
                .prompt("test", "Where?", " Here", "lang", "en");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    tags.lang == 'en'                                  | 1,3
                    row.prompt.size() > 8 && split == 'train'          | 1,2
                    row.completion.trim().lowerAscii() == 'gut'        | 2
                    has(tags.stars) && int(tags.stars) >= 4            | 1
                    input.matches('^W') && answer.contains('r')        | 3
                    row_number == 2                                    | 2
                    id.size() == 16                                    | 1,2,3
                    has(row.messages)                                  | -
                    row.prompt.split(' ').size() == 3                  | 1,2
                    row.prompt.replace('How', 'W') == 'W are you?'     | 1
                    row.prompt.split(' ').exists(w, w == tags.lang)    | -
                    row.prompt.substring(0, 3) == 'How'                | 1
                    row.prompt.split(' ').join('-') == 'How-are-you?'  | 1
                    """)
    void rowsForWhichTheExpressionIsTrueStay(String expression, String kept) throws IOException {
        List<String> prompts = List.of("How are you?", "Wie geht es?", "Where?");

        assertThat(rows.run(RecipeRun.filter(expression)))
                .extracting(row -> Integer.toString(prompts.indexOf(row.input()) + 1))
                .containsExactlyElementsOf(kept.equals("-") ? List.of() : List.of(kept.split(",")));
    }

    /// The naive search of the completion in the prompt would take an hour, and looks at no clock.
    @Test
    void aSearchForALongTextEnds() throws IOException {
        String prompt = "a".repeat(4_000_000);
        String completion = "a".repeat(2_000_000) + "b";
        RecipeRun row = new RecipeRun(scratch).prompt("train", prompt, completion);

        assertThat(row.run(RecipeRun.filter("row.prompt.contains(row.completion)")))
                .isEmpty();
        assertThat(row.run(RecipeRun.filter("row.prompt.indexOf(row.completion) >= 0")))
                .isEmpty();
        assertThat(row.run(RecipeRun.filter("row.prompt.split(row.completion).size() > 1")))
                .isEmpty();
        assertThat(row.run(RecipeRun.filter("row.prompt.replace(row.completion, '') != row.prompt")))
                .isEmpty();
    }

    @Test
    void theFieldsOfChatRowsHaveNames() throws IOException {
        RecipeRun chat = new RecipeRun(scratch).row("train", """
                        {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},\
                        {"role":"assistant","content":"Hello"}],"tools":[{"type":"function"}]}""").row("train", """
                        {"messages":[{"role":"user","content":"Bye"},{"role":"assistant","content":"Ciao"}]}""");

        assertThat(chat.run(RecipeRun.filter("row.messages.exists(m, m.role == 'system') && has(row.tools)")))
                .singleElement()
                .satisfies(row -> assertThat(row.input()).isEqualTo("Hi"));
        assertThat(chat.run(RecipeRun.filter("answer == 'Ciao' && row.messages.size() == 2")))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    row.promt == 'x'           | at line 1, column 4: undefined field 'promt'
                    row.prompt == 1            | at line 1, column 12: found no matching overload
                    row.prompt                 | expected an expression of type bool, got string
                    row.prompt == 'a           | at line 1, column
                    now() > 3                  | undeclared reference to 'now'
                    bytes(input).size() > 3    | undeclared reference to 'bytes'
                    """)
    void aWrongExpressionIsRefusedBeforeTheFirstRow(String expression, String problem) {
        assertThatThrownBy(() -> rows.run(RecipeRun.filter(expression)))
                .isInstanceOf(ApiException.class)
                .hasMessageStartingWith("recipe.steps[0].filter.expression: ")
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    tags.stars == '5'                             | row 2 of train                | the row does not have this field
                    1 / (2 - row_number) == 7                     | row 2 of train                | division by zero
                    input.matches(row.prompt + '(')               | row 1 of train                | an argument of a function is not valid
                    int(tags.lang) == 1                           | row 1 of train                | not valid
                    row.prompt.substring(0, 7) != ''              | row 1 of test                 | from 0 to 7 of a text of 6
                    """)
    void aRowOnWhichTheExpressionFailsIsNamedWithoutItsText(String expression, String row, String problem) {
        assertThatThrownBy(() -> rows.run(RecipeRun.filter(expression)))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining(row + " of " + RecipeRun.VERSION)
                .hasMessageContaining(problem)
                .hasMessageNotContainingAny("How", "Wie", "geht", "Where", "(Fine");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    input.replace('', input).replace('', input).size() > 0        | makes more than 32 Mi characters
                    input.split('').map(a, input + input + input).size() > 0      | makes more than 32 Mi characters
                    input.split('').all(a, input.split('').all(b, true))          | more than 100000 iterations
                    """)
    void theCostOfAnEvaluationIsBounded(String expression, String problem) {
        RecipeRun large = new RecipeRun(scratch).prompt("train", "x".repeat(10_000), "y");

        assertThatThrownBy(() -> large.run(RecipeRun.filter(expression)))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining(problem);
    }
}
