package dev.finetide.metrics.callscores;

import static dev.finetide.metrics.callscores.CallRows.TOOLS;
import static dev.finetide.metrics.callscores.CallRows.calls;
import static dev.finetide.metrics.callscores.CallRows.json;
import static dev.finetide.metrics.callscores.CallRows.measure;
import static dev.finetide.metrics.callscores.CallRows.reply;
import static dev.finetide.metrics.callscores.CallRows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metrics;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallScoresTest {
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
}
