package dev.finetide.metrics.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CallConventionTest {
    /// One call of `w` with the argument `c`, whose value is "a", as arguments of the tests show it.
    private static final String A = "w{\"c\":\"a\"}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "HERMES~<tool_call>\\n{'name': 'w', 'arguments': {'c': 'a'}}\\n</tool_call>~A",
                "HERMES~I look. <tool_call>{'name':'w','arguments':{'c':'a'}}</tool_call> Done.~A",
                "HERMES~<tool_call>{'name':'w','arguments':{'c':'a'}}</tool_call>\\n<tool_call>{'name':'v'}</tool_call>~A v{}",
                "HERMES~<tool_call>{'arguments':{'c':'a'},'name':'w'}~A",
                "HERMES~<tool_call>{'name':'w','arguments':{'c':'a'}}<tool_call>{'name':'v'}~A v{}",
                "HERMES~<tool_call>```json\\n{'name':'w','arguments':{'c':'a'}}\\n```</tool_call>~A",
                "HERMES~<tool_call>{'name':'w','arguments':'{\\'c\\': \\'a\\'}'}</tool_call>~A",
                "HERMES~{'name':'w','arguments':{'c':'a'}}~A",
                "HERMES~<think>\\n<tool_call>{'name':'v'}</tool_call>\\n</think>\\n<tool_call>{'name':'w','arguments':{'c':'a'}}</tool_call>~A",
                "LLAMA3~{'name': 'w', 'parameters': {'c': 'a'}}~A",
                "LLAMA3~<|python_tag|>{'name': 'w', 'parameters': {'c': 'a'}}~A",
                "LLAMA3~{'name':'w','parameters':{'c':'a'}}; {'name':'v','parameters':{}}~A v{}",
                "LLAMA3~{'type': 'function', 'name': 'w', 'parameters': {'c': 'a'}}<|eom_id|>~A",
                "LLAMA3~{'type': 'function', 'function': 'w', 'parameters': {'c': 'a'}}~A",
                "LLAMA3~I call {'name':'w','parameters':{'c':'a'}} now~A",
                "MISTRAL~[TOOL_CALLS][{'name': 'w', 'arguments': {'c': 'a'}}, {'name': 'v'}]~A v{}",
                "MISTRAL~[TOOL_CALLS] [{'name': 'w', 'arguments': {'c': 'a'}, 'id': '123456789'}]~A",
                "MISTRAL~[TOOL_CALLS]w[ARGS]{'c': 'a'}~A",
                "MISTRAL~I look.[TOOL_CALLS]w[ARGS]{'c': 'a'}[TOOL_CALLS]v[ARGS]{}~A v{}",
                "MISTRAL~[TOOL_CALLS]w[CALL_ID]abc123[ARGS]{'c': 'a'}~A",
                "MISTRAL~[{'name': 'w', 'arguments': {'c': 'a'}}]~A",
                "MISTRAL~w{'c': 'a'}~A",
                "PLAIN_JSON~{'name': 'w', 'arguments': {'c': 'a'}}~A",
                "PLAIN_JSON~[{'name':'w','arguments':{'c':'a'}},{'name':'v','arguments':null}]~A v{}",
                "PLAIN_JSON~{'id':'1','type':'function','function':{'name':'w','arguments':'{\\'c\\':\\'a\\'}'}}~A",
                "PLAIN_JSON~{'tool_calls':[{'function':{'name':'w','arguments':'{\\'c\\':\\'a\\'}'}}]}~A",
                "PLAIN_JSON~{'function_call':{'name':'w','arguments':'{\\'c\\':\\'a\\'}'}}~A",
                "PLAIN_JSON~Here [it] is:\\n```json\\n{'name':'w','arguments':{'c':'a'}}\\n```\\nand {'x': 1}.~A",
                "PLAIN_JSON~{'name':'v','arguments':''} then {'name':'w','arguments':{'c':'a'}}~v{} A",
            })
    void callsAreReadByTheConvention(CallConvention convention, String reply, String calls) {
        CallReply read = convention.read(real(reply));

        assertThat(read.problems()).isEmpty();
        assertThat(shown(read)).isEqualTo(calls.replace("A", A));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "HERMES~<tool_call>w(c='a')</tool_call>~NOT_JSON",
                "HERMES~<tool_call>{'name':'w','arguments':{'c':'a'}</tool_call>~CUT_OFF",
                "HERMES~<tool_call>\\n{'name':'w','argum~CUT_OFF",
                "HERMES~<tool_call>~CUT_OFF",
                "HERMES~<tool_call>{'city':'Oslo'}</tool_call>~NOT_JSON",
                "HERMES~<tool_call>{'name':'w','arguments':['a']}</tool_call>~ARGUMENTS",
                "HERMES~<tool_call>{'name':'w','arguments':'c is a'}</tool_call>~ARGUMENTS",
                "HERMES~<tool_call>{'name':'','arguments':{}}</tool_call>~NO_NAME",
                "HERMES~<tool_call>{'name':5,'arguments':{}}</tool_call>~NO_NAME",
                "HERMES~Use it: {'name':'w','arguments':{'c':'a'}} so.~UNMARKED",
                "HERMES~<think>I may call w~UNFINISHED_THOUGHT",
                "LLAMA3~<|python_tag|>brave_search.call(query='a')~NOT_JSON",
                "LLAMA3~{'name':'w','parameters':{'c':~CUT_OFF",
                "LLAMA3~{'name':'w','parameters':{c: 1}}~NOT_JSON",
                "MISTRAL~[TOOL_CALLS]w(c='a')~CUT_OFF",
                "MISTRAL~[TOOL_CALLS]w[ARGS]{'c': 'a'~CUT_OFF",
                "MISTRAL~[TOOL_CALLS]w[ARGS]{c: 1}~NOT_JSON",
                "PLAIN_JSON~[{'name':'w','arguments':{}},5]~NO_CALL",
                "PLAIN_JSON~{'name':'w','arguments':5}~ARGUMENTS",
            })
    void whatCannotBeReadHasAReason(CallConvention convention, String reply, CallProblem problem) {
        CallReply read = convention.read(real(reply));

        assertThat(read.problems()).containsExactly(problem);
        assertThat(problem.sentence()).endsWith(".");
    }

    @ParameterizedTest
    @EnumSource
    void textsAndOtherJsonAreNoCalls(CallConvention convention) {
        for (String reply : List.of(
                "",
                "The answer is 5.",
                "{\"city\": \"Oslo\"}",
                "Use [brackets] and {braces} as you like",
                "{\"name\": \"Bo\", \"age\": 5}",
                "[1, 2, {\"a\": \"name\"}]",
                "<think>call {\"name\": \"w\", \"arguments\": {}}?</think>\n\nNo.")) {
            assertThat(convention.read(reply).isEmpty()).as(reply).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void hostileRepliesTakeNoTime(CallConvention convention) {
        String mark = convention == CallConvention.MISTRAL ? "[TOOL_CALLS]" : "<tool_call>";
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            assertThat(convention.read(mark + "[".repeat(100_000)).calls()).isEmpty();
            convention.read(mark.repeat(20_000));
            convention.read("{\"name\":".repeat(20_000));
            convention.read("{\"name\":\"".repeat(20_000));
            convention.read("[".repeat(50_000) + "]".repeat(50_000));
            convention.read("a".repeat(100_000) + "[ARGS]".repeat(20_000));
            CallReply many = convention.read("{\"name\":\"f\",\"arguments\":{}}\n".repeat(5_000));
            assertThat(many.problems()).containsExactly(CallProblem.TOO_MANY);
        });
    }

    @Test
    void theChatTemplateShowsTheConvention() {
        assertThat(CallConvention.of("{{ '<tool_call>' }}")).isEqualTo(CallConvention.HERMES);
        assertThat(CallConvention.of("{{- '[TOOL_CALLS] [' }}")).isEqualTo(CallConvention.MISTRAL);
        assertThat(CallConvention.of("{{- '\"parameters\": ' }}")).isEqualTo(CallConvention.LLAMA3);
        assertThat(CallConvention.of("{# unlike <tool_call> #}{{ messages[0].content }}"))
                .isEqualTo(CallConvention.PLAIN_JSON);
        assertThat(CallConvention.of("")).isEqualTo(CallConvention.PLAIN_JSON);
    }

    @Test
    void templatesOfRealModelsShowTheirConvention() throws IOException {
        Path folder =
                Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("golden/chat-templates");
        if (!Files.isDirectory(folder)) {
            System.out.println("skipped: " + folder + " is not there");
            Assumptions.abort("no shared/golden/chat-templates");
        }
        try (Stream<Path> templates = Files.list(folder)) {
            for (Path template : templates.toList()) {
                String name = template.getFileName().toString();
                CallConvention convention = name.startsWith("qwen")
                        ? CallConvention.HERMES
                        : name.startsWith("llama3_") && !name.contains("training")
                                ? CallConvention.LLAMA3
                                : CallConvention.PLAIN_JSON;
                assertThat(CallConvention.of(Files.readString(template)))
                        .as(name)
                        .isEqualTo(convention);
            }
        }
    }

    private static String real(String text) {
        return text.replace("\\'", "\\\"").replace('\'', '"').replace("\\n", "\n");
    }

    private static String shown(CallReply reply) {
        return String.join(
                " ",
                reply.calls().stream()
                        .map(call -> call.name() + call.arguments())
                        .toList());
    }
}
