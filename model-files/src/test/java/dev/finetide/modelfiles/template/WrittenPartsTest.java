package dev.finetide.modelfiles.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WrittenPartsTest {
    private static final String TURNS = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";

    private static WrittenParts of(String template) {
        return WrittenParts.of(ChatTemplate.of(template, Map.of()));
    }

    @Test
    void aTemplateThatWritesOnlyTextsLeavesOutToolsCallsAndThoughts() {
        assertThat(of(TURNS)).isEqualTo(new WrittenParts(true, false, false, true, false));
    }

    @Test
    void aTemplateThatRefusesAPartDoesNotWriteIt() {
        String noSystem = "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}" + TURNS;
        String alternating = "{% for m in messages %}{% if m.role not in ['user', 'assistant', 'system'] %}"
                + "{{ raise_exception('only users and assistants') }}{% endif %}{{ m.content }}{% endfor %}";

        assertThat(of(noSystem).systemTurn()).isFalse();
        assertThat(of(alternating)).isEqualTo(new WrittenParts(true, false, false, false, false));
    }

    @Test
    void aSystemTurnThatIsMovedIntoTheQuestionIsWritten() {
        assertThat(of("{{ messages[0].content }} {{ messages[1].content }}").systemTurn())
                .isTrue();
    }

    @Test
    void toolsAreWrittenOnlyWithTheirDescriptions() {
        assertThat(of("{{ tools | tojson }}" + TURNS).tools()).isTrue();
        assertThat(of("{% for t in tools or [] %}{{ t.function.name }}{% endfor %}" + TURNS)
                        .tools())
                .isFalse();
    }

    @Test
    void callsAreWrittenWithNameAndArguments() {
        String calls = "{% for m in messages %}{% for c in m.tool_calls or [] %}{{ c.function.name }}%s{% endfor %}"
                + "{{ m.content }}{% endfor %}";

        assertThat(of(calls.replace("%s", "{{ c.function.arguments | tojson }}"))
                        .toolCalls())
                .isTrue();
        assertThat(of(calls.replace("%s", "")).toolCalls()).isFalse();
    }

    @Test
    void thoughtsOfTheLastTurnCount() {
        String last =
                "{% for m in messages %}{% if loop.last and m.reasoning_content %}<think>{{ m.reasoning_content }}"
                        + "</think>{% endif %}{{ m.content }}{% endfor %}";

        assertThat(of(last).reasoning()).isTrue();
    }
}
