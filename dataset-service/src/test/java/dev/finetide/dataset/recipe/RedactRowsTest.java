package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RedactStep;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedactRowsTest {
    private static final RecipeStep REDACT =
            RecipeStep.newBuilder().setRedact(RedactStep.getDefaultInstance()).build();

    @TempDir
    Path scratch;

    @Test
    void everythingThatARowSaysIsRedacted() throws IOException {
        RecipeRun rows = new RecipeRun(scratch).row("train", """
                {"messages":[{"role":"user","content":"I am a@b.de"},{"role":"assistant","reasoning_content":"from a@b.de",\
                "tool_calls":[{"type":"function","id":"1","function":{"name":"pay","arguments":{"card":4111111111111111,\
                "to":["c@d.org"],"sum":12.50}}},{"type":"function","id":"2","function":{"name":"pay",\
                "arguments":"{\\"card\\":4111111111111111,\\"x\\":null}"}}]},{"role":"tool","content":"+49 30 1234567"},\
                {"role":"assistant","content":"Done"}]}""");

        assertThat(rows.run(REDACT))
                .singleElement()
                .satisfies(row -> assertThat(RecipeRun.json(row)).isEqualTo("""
                        {"messages":[{"role":"user","content":"I am [EMAIL]"},{"role":"assistant","reasoning_content":"from [EMAIL]",\
                        "tool_calls":[{"type":"function","id":"1","function":{"name":"pay","arguments":{"card":"[CARD]",\
                        "to":["[EMAIL]"],"sum":12.50}}},{"type":"function","id":"2","function":{"name":"pay",\
                        "arguments":"{\\"card\\":\\"[CARD]\\",\\"x\\":null}"}}]},{"role":"tool","content":"[PHONE]"},\
                        {"role":"assistant","content":"Done"}]}"""));
    }

    @Test
    void onlyChangedRowsAreCounted() throws IOException {
        RecipeRun rows =
                new RecipeRun(scratch).prompt("train", "Mail x@y.com", "ok").prompt("train", "b", "ok");

        rows.run(REDACT, REDACT);

        assertThat(rows.reports).extracting(report -> report.getRowsChanged()).containsExactly(1L, 0L);
    }
}
