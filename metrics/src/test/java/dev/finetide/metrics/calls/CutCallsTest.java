package dev.finetide.metrics.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.AnswerRule;
import dev.finetide.metrics.Task;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The answer that is cut out of a reply has the calls of the reply, because metrics read the answer.
class CutCallsTest {
    private static final List<String> PIECES = List.of(
            "<tool_call>",
            "</tool_call>",
            "[TOOL_CALLS]",
            "w[ARGS]",
            "<|python_tag|>",
            "<think>",
            "</think>",
            "{\"name\": \"w\", \"arguments\": {\"c\": \"a\"}}",
            "{\"name\": \"v\", \"parameters\": {}}",
            "[{\"name\": \"w\", \"arguments\": {}}, {\"name\": \"v\"}]",
            "{\"name\": \"w\", \"arguments\": ",
            "{\"name\": \"w\", x}",
            "{\"name\": \"w\", \"arguments\": 5}",
            "{\"function\": {\"name\": \"w\", \"arguments\": \"{}\"}}",
            "{\"city\": \"Oslo\"}",
            "{",
            "}",
            "[",
            "]",
            "\"",
            " and ",
            "\n",
            "; ",
            "```json\n");

    @ParameterizedTest
    @EnumSource
    void theAnswerHasTheCallsOfTheReply(CallConvention convention) {
        AnswerRule rule = AnswerRule.of(Task.FUNCTION_CALLS, List.of(), Optional.empty(), convention);
        long seed = 261;
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            StringBuilder reply = new StringBuilder();
            for (int piece = random.nextInt(8); piece >= 0; piece--) {
                reply.append(PIECES.get(random.nextInt(PIECES.size())));
            }

            CallReply read = convention.read(reply.toString());
            CallReply cut = convention.read(rule.cut(reply.toString()));

            assertThat(cut.calls()).as("seed %d: %s", seed, reply).isEqualTo(read.calls());
            assertThat(cut.problems().isEmpty())
                    .as("seed %d: %s", seed, reply)
                    .isEqualTo(read.problems().isEmpty());
        }
    }
}
