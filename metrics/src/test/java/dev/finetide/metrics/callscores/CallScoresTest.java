package dev.finetide.metrics.callscores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Metrics;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.metrics.calls.UnusableReference;
import dev.finetide.metrics.calls.UnusableTools;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallScoresTest {
    /// Two tools: `f` needs x and takes y (5 unless given), s, list, place and none; `g` takes nothing.
    private static final String TOOLS = """
            [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "required": ["x"],
              "properties": {"x": {"type": "integer"}, "y": {"type": "number", "default": 5},
                "s": {"type": "string"}, "list": {"type": "array"}, "none": {"type": ["string", "null"]},
                "place": {"type": "object", "properties": {"city": {"type": "string"},
                  "land": {"type": "string", "default": "NO"}}}}}}},
             {"name": "g"}]
            """;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "f{'x':1}|f{'x':1}|1",
                "f{'x':1,'s':'a'}|f{'s':'a','x':1}|1",
                "f{'x':5}|f{'x':5.0}|1",
                "f{'x':5}|f{'x':5e0}|1",
                "f{'x':5}|f{'x':50e-1}|1",
                "f{'x':5}|f{'x':'5'}|0",
                "f{'x':1}|f{'x':true}|0",
                "f{'x':5}|f{'x':5.01}|0",
                "f{'x':1}|f{'x':1,'y':5}|1",
                "f{'x':1,'y':5}|f{'x':1}|1",
                "f{'x':1}|f{'x':1,'y':6}|0",
                "f{'x':1,'y':6}|f{'x':1}|0",
                "f{'x':1,'s':'a'}|f{'x':1}|0",
                "f{'x':1}|f{'x':1,'s':'a'}|0",
                "f{'x':1}|f{'x':1,'none':null}|1",
                "f{'x':1,'none':null}|f{'x':1}|1",
                "f{'x':1}|f{'x':1,'s':null}|0",
                "f{'x':1}|f{'x':1,'zz':2}|0",
                "f{'x':1,'s':'New York'}|f{'x':1,'s':'new york'}|0",
                "f{'x':1,'list':[1,[2,'a']]}|f{'x':1,'list':[1.0,[2,'a']]}|1",
                "f{'x':1,'list':[1,2]}|f{'x':1,'list':[2,1]}|0",
                "f{'x':1,'place':{'city':'Oslo'}}|f{'x':1,'place':{'land':'NO','city':'Oslo'}}|1",
                "f{'x':1,'place':{'city':'Oslo'}}|f{'x':1,'place':{'land':'SE','city':'Oslo'}}|0",
                "f{'x':1,'place':{'city':'Oslo'}}|f{'x':1,'place':{}}|0",
                "f{'x':1}|g{}|0",
                "f{'x':1}|F{'x':1}|0",
                "f{'x':1}||0",
                "|f{'x':1}|0",
                "||1",
                "f{'x':1};f{'x':2};g{}|g{};f{'x':2};f{'x':1}|1",
                "f{'x':1};f{'x':2}|f{'x':1};f{'x':1}|0",
                "f{'x':1}|f{'x':1};f{'x':1}|0",
                "f{'x':1};g{}|f{'x':1}|0",
            })
    void aCallIsRightByItsValues(String expected, String answer, double match) {
        String reference = calls(expected == null ? "" : expected);

        assertThat(measure("call_match", row(TOOLS, reference, reply(answer)))).containsExactly(match);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[{'f':{'x':[1,2]}}]|f{'x':2}|1",
                "[{'f':{'x':[1,2]}}]|f{'x':3}|0",
                "[{'f':{'x':[1],'s':['', 'a']}}]|f{'x':1}|1",
                "[{'f':{'x':[1],'s':['', 'a']}}]|f{'x':1,'s':'a'}|1",
                "[{'f':{'x':[1],'s':['', 'a']}}]|f{'x':1,'s':'b'}|0",
                "[{'f':{'x':[1],'s':['a']}}]|f{'x':1}|0",
                "[{'f':{'x':[1, '']}}]|f{}|0",
                "[{'f':{'x':[1],'s':['San Diego, CA']}}]|f{'x':1,'s':'san diego-CA.'}|1",
                "[{'f':{'x':[1],'y':[5]}}]|f{'x':1}|1",
                "[{'f':{'x':[1],'place':[{'city':['Oslo','Bergen'],'land':['','NO']}]}}]|f{'x':1,'place':{'city':'Bergen'}}|1",
                "[{'f':{'x':[1],'place':[{'city':['Oslo','Bergen']}]}}]|f{'x':1,'place':{'city':'Rome'}}|0",
                "[{'f':{'x':[1],'list':[[{'a':[1,2]}]]}}]|f{'x':1,'list':[{'a':2}]}|1",
                "[{'f':{'x':[1],'list':[[1,2],[2,1]]}}]|f{'x':1,'list':[2,1]}|1",
                "[]||1",
                "[]|g{}|0",
                "[[{'name':'f','arguments':{'x':1}}],[{'name':'g','arguments':{}}]]|g{}|1",
                "[[],[{'name':'g','arguments':{}}]]||1",
                "[[{'g':{}},{'g':{}}],[{'f':{'x':[1]}}]]|f{'x':1}|1",
                "[{'id':'1','type':'function','function':{'name':'f','arguments':'{\\'x\\': 1}'}}]|f{'x':1}|1",
                "{'name':'g'}|g{}|1",
            })
    void referencesHaveSeveralForms(String acceptable, String answer, double match) {
        assertThat(measure("call_match", row(TOOLS, json(acceptable), reply(answer))))
                .containsExactly(match);
    }

    @Test
    void theLooseMatchSeesNoCaseAndNoMarks() {
        Answered row = row(TOOLS, calls("f{'x':1,'s':'New York'}"), reply("f{'x':1,'s':'new-york.'}"));

        assertThat(measure("call_match", row)).containsExactly(0);
        assertThat(measure("call_match_loose", row)).containsExactly(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                // expected | answer | names | arguments
                "f{'x':1}|f{'x':1}|1|1",
                "f{'x':1,'s':'a'}|f{'x':1,'s':'b'}|1|0.5",
                "f{'x':1,'s':'a'}|f{'x':1}|1|0.6666666667",
                "f{'x':1}|f{'x':1,'s':'a','zz':1}|1|0.5",
                "f{'x':1}|g{}|0|0",
                "g{}|g{}|1|1",
                "f{'x':1};g{}|g{}|0.6666666667|0.6666666667",
                "g{}|g{};g{};g{}|0.5|0.5",
                "f{'x':1,'s':'a'};f{'x':2,'s':'b'}|f{'x':2,'s':'b'};f{'x':1,'s':'c'}|1|0.75",
                "||1|1",
                "|g{}|0|0",
                "g{}||0|0",
            })
    void namesAndArgumentsAreScoredInPart(String expected, String answer, double names, double arguments) {
        Answered row = row(TOOLS, calls(expected == null ? "" : expected), reply(answer));

        assertThat(measure("call_name", row)[0]).isCloseTo(names, within(1e-9));
        assertThat(measure("call_arguments", row)[0]).isCloseTo(arguments, within(1e-9));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "f{'x':1}|0|0",
                "f{'x':1.0,'y':2,'s':'a','none':null}|0|0",
                "f{}|0|1",
                "f{'x':'1'}|0|1",
                "f{'x':1.5}|0|1",
                "f{'x':1,'zz':1}|0|1",
                "f{'x':1};f{'x':'1'}|0|1",
                "g{'x':1}|0|1",
                "h{'x':'1'}|1|0",
                "|0|0",
            })
    void inventedNamesAndInvalidArgumentsAreTold(String answer, double invented, double invalid) {
        Answered row = row(TOOLS, "[]", reply(answer));

        assertThat(measure("invented_call", row)).containsExactly(invented);
        assertThat(measure("invalid_arguments", row)).containsExactly(invalid);
        assertThat(measure("unreadable_call", row)).containsExactly(0);
    }

    @Test
    void aCallThatCannotBeReadIsWrongEvenWhereNoneIsRight() {
        Answered row = row(TOOLS, "[]", "<tool_call>g(</tool_call>");

        assertThat(measure("unreadable_call", row)).containsExactly(1);
        assertThat(measure("call_match", row)).containsExactly(0);
        assertThat(measure("call_name", row)).containsExactly(0);
        assertThat(measure("call_match", row(TOOLS, calls("g{}"), reply("g{}") + "<tool_call>g(</tool_call>")))
                .containsExactly(0);
    }

    @Test
    void aRowOfTextsHasItsCallsInThem() {
        Answered row = Answered.of("Wait.\n" + calls("f{'x':1}"), "{\"name\": \"f\", \"parameters\": {\"x\": 1.0}}");

        assertThat(measure("call_match", row)).containsExactly(1);
        assertThat(measure("invented_call", row)).containsExactly(Double.NaN);
        assertThat(measure("invalid_arguments", row)).containsExactly(Double.NaN);
        assertThat(measure("call_match", Answered.of("You are welcome", "Thank you")))
                .containsExactly(1);
        String marked = "<tool_call>\n{\"name\": \"g\"}\n</tool_call>";
        Answered hermes = Answered.of(marked, marked).with(new RowCalls("", Optional.empty(), CallConvention.HERMES));
        assertThat(measure("call_match", hermes)).containsExactly(1);
    }

    @Test
    void lowerIsBetterWhereCallsAreCountedThatShouldNotBe() {
        for (String name : new String[] {"invented_call", "invalid_arguments", "unreadable_call"}) {
            assertThat(Metrics.byName(name).higherIsBetter()).isFalse();
        }
    }

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

        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
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

    private static double[] measure(String name, Answered row) {
        Metric metric = Metrics.byName(name);
        return Metrics.measure(metric, row);
    }

    private static Answered row(String tools, String acceptable, String reply) {
        return Answered.of("", reply).with(new RowCalls(tools, Optional.of(acceptable), CallConvention.HERMES));
    }

    /// Writes calls as `f{...};g{...}` into a list of JSON.
    private static String calls(String calls) {
        StringBuilder list = new StringBuilder();
        for (String call : calls.isEmpty() ? new String[0] : calls.split(";")) {
            list.append(list.isEmpty() ? "" : ",").append(call(call));
        }
        return "[" + list + "]";
    }

    private static String reply(String calls) {
        StringBuilder reply = new StringBuilder("So it is.");
        for (String call : calls == null ? new String[0] : calls.split(";")) {
            reply.append("\n<tool_call>").append(call(call)).append("</tool_call>");
        }
        return reply.toString();
    }

    private static String call(String call) {
        return json("{'name':'" + call.charAt(0) + "','arguments':" + call.substring(1) + "}");
    }

    private static String json(String text) {
        return text.replace("\\'", "\\\"").replace('\'', '"');
    }
}
