package dev.finetide.metrics.callscores;

import static dev.finetide.metrics.callscores.CallRows.TOOLS;
import static dev.finetide.metrics.callscores.CallRows.calls;
import static dev.finetide.metrics.callscores.CallRows.json;
import static dev.finetide.metrics.callscores.CallRows.measure;
import static dev.finetide.metrics.callscores.CallRows.reply;
import static dev.finetide.metrics.callscores.CallRows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.metrics.Answered;
import dev.finetide.metrics.calls.UnusableReference;
import dev.finetide.metrics.calls.UnusableTools;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// References and tools that are broken, huge or refer to themselves give a clear error or an answer in time.
class HostileRowsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {"nothing", "{'f':1}", "[5]", "[{'f':{'x':[1]},'g':{}}]", "'f'", "[{'name':'f','arguments':5}]"})
    void aReferenceThatIsNoneIsRefused(String acceptable) {
        assertThatThrownBy(() -> measure("call_match", row(TOOLS, json(acceptable), reply("g{}"))))
                .isInstanceOf(UnusableReference.class)
                .hasMessageNotContaining("x");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {"no tools", "5", "[5]", "[{'parameters':{}}]"})
    void toolsThatAreNoneAreRefused(String tools) {
        for (String name : new String[] {"call_match", "invented_call", "invalid_arguments"}) {
            assertThatThrownBy(() -> measure(name, row(json(tools), "[]", reply("g{}"))))
                    .isInstanceOf(UnusableTools.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{'type':'strange'}",
                "{'$ref':'#'}",
                "{'$ref':'#/nowhere'}",
                "{'$ref':'https://example.org/schema.json'}",
                "{'$defs':{'a':{'$ref':'#/$defs/b'},'b':{'$ref':'#/$defs/a'}},'$ref':'#/$defs/a'}",
                "{'anyOf':[{'$ref':'#'},{'$ref':'#'}]}",
                "{'properties':{'x':{'$dynamicRef':'#a'}},'$dynamicAnchor':'a','allOf':[{'$dynamicRef':'#a'}]}",
                "{'properties':{'x':{'pattern':'(a+)+b'}}}",
                "5",
            })
    void aSchemaThatCannotBeUsedFailsTheArgumentsAlone(String schema) {
        String tools = json("[{'name':'f','parameters':" + schema + "}]");
        Answered row =
                row(tools, calls("f{'x':'" + "a".repeat(5_000) + "'}"), reply("f{'x':'" + "a".repeat(5_000) + "'}"));

        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThatThrownBy(() -> measure("invalid_arguments", row))
                    .isInstanceOf(UnusableTools.class)
                    .hasMessageStartingWith("The schema of a tool")
                    .hasMessageNotContaining("aaa");
            assertThat(measure("call_match", row)).containsExactly(1);
            assertThat(measure("invented_call", row)).containsExactly(0);
        });
    }

    @Test
    void aSchemaThatRefersToItselfIsChecked() {
        String tools =
                json("[{'name':'f','parameters':{'type':'object','properties':{'value':{'type':'integer','default':1},"
                        + "'next':{'$ref':'#'}},'additionalProperties':false}}]");

        assertThat(measure("invalid_arguments", row(tools, "[]", reply("f{'next':{'next':{'value':1}}}"))))
                .containsExactly(0);
        assertThat(measure("invalid_arguments", row(tools, "[]", reply("f{'next':{'next':{'value':'1'}}}"))))
                .containsExactly(1);
        assertThat(measure(
                        "call_match",
                        row(tools, calls("f{'next':{'next':{}}}"), reply("f{'next':{'next':{'value':1}}}"))))
                .containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "'$schema':'https://json-schema.org/draft/2020-12/schema',",
                "'$schema':'https://json-schema.org/draft/2019-09/schema',",
                "'$schema':'http://json-schema.org/draft-07/schema#',"
            })
    void aSchemaThatDoublesAtEachLevelEnds(String draft) {
        String twice = "{'anyOf':[{'$ref':'#/$defs/n'},{'$ref':'#/$defs/n'}]}";
        String tools = json("[{'name':'f','parameters':{" + draft
                + "'$defs':{'n':{'type':'object','properties':{'n':" + twice + "}}},'properties':{'n':" + twice
                + "}}}]");
        String deep = "{'n':".repeat(60) + "5" + "}".repeat(60);

        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> measure("invalid_arguments", row(tools, "[]", reply("f" + deep))))
                        .isInstanceOf(UnusableTools.class)
                        .hasMessage("The schema of a tool takes too many steps to check a call's arguments"));
    }

    @Test
    void aHugeSchemaIsCheckedInTime() {
        StringBuilder properties = new StringBuilder("'x':{'type':'integer'}");
        for (int i = 0; i < 20_000; i++) {
            properties.append(",'p").append(i).append("':{'type':'string','enum':['a','b']}");
        }
        String tools = json("[{'name':'f','parameters':{'type':'object','properties':{" + properties + "}}}]");

        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
            assertThat(measure("invalid_arguments", row(tools, "[]", reply("f{'x':1,'p19999':'a'}"))))
                    .containsExactly(0);
            assertThat(measure("invalid_arguments", row(tools, "[]", reply("f{'x':1,'p19999':'c'}"))))
                    .containsExactly(1);
        });
    }

    @Test
    void numbersWithHugeExponentsAreCompared() {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            Answered row = row(TOOLS, calls("f{'x':1}"), reply("f{'x':1e999999999}"));
            assertThat(measure("call_match", row)).containsExactly(0);
            assertThat(measure("invalid_arguments", row)).hasSize(1);
            assertThat(measure("call_match", row(TOOLS, calls("f{'x':1e999999999}"), reply("f{'x':10e999999998}"))))
                    .containsExactly(1);
        });
    }

    @Test
    void defaultsThatHoldThemselvesEnd() {
        String tools = json("[{'name':'f','parameters':{'properties':{'a':{'$ref':'#','default':{'a':{'a':{}}}},"
                + "'b':{'$ref':'#','default':{'a':{'b':{}}}}},'default':{'a':{'a':{}}}}}]");

        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThat(measure("call_match", row(tools, calls("f{}"), reply("f{'a':{'a':{'a':{}}}}"))))
                    .containsExactly(1);
            assertThat(measure("call_match", row(tools, calls("f{}"), reply("f{'a':{'a':{}}}"))))
                    .containsExactly(0);
        });
    }

    @Test
    void manyCallsArePairedInTime() {
        StringBuilder expected = new StringBuilder("g{}");
        for (int i = 0; i < 180; i++) {
            expected.append(";f{'x':").append(i).append("}");
        }
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThat(measure(
                                "call_match", row(TOOLS, calls(expected.toString()), reply(expected.toString()))))
                        .containsExactly(1));
    }
}
