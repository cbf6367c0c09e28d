package dev.finetide.modelfiles.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChatTemplateRolesTest {
    private static final List<Message> ROW =
            List.of(new Message("developer", "s", false, Map.of()), Message.user("q"), Message.assistant("a"));

    @Test
    void aDeveloperIsASystemTurnForATemplateThatDoesNotKnowTheRole() {
        assertThat(render("{% for m in messages %}[{{ m.role }}]{{ m['content'] }}{% endfor %}"))
                .isEqualTo("[system]s[user]q[assistant]a");
        assertThat(
                        render(
                                "{% for m in messages %}{% if m.role == 'system' %}S{% elif m.role in ['user', 'assistant'] %}T"
                                        + "{% else %}{{ raise_exception('a developer') }}{% endif %}{{ m['content'] }}{% endfor %}"))
                .isEqualTo("SsTqTa");
    }

    @Test
    void aTemplateThatKnowsDevelopersGetsTheRole() {
        assertThat(render(
                        "{% for m in messages %}{% if m.role == 'developer' %}D{% endif %}[{{ m.role }}]{% endfor %}"))
                .isEqualTo("D[developer][user][assistant]");
    }

    private static String render(String template) {
        return ChatTemplate.of(template, Map.of()).render(ROW, List.of(), false);
    }
}
