package dev.finetide.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JinjaTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-05T14:07:09Z"), ZoneOffset.UTC);

    @Test
    void generationBlocksGiveTheirSpans() {
        Rendering rendering = JinjaTemplate.parse(
                        "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}"
                                + "{% generation %}{{ m.content }}!{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}")
                .render(Map.of(
                        "messages",
                        List.of(
                                Map.of("role", "user", "content", "hi"),
                                Map.of("role", "assistant", "content", "yo"),
                                Map.of("role", "assistant", "content", ""))));

        assertThat(rendering.text()).isEqualTo("<user>hi<assistant>yo!<assistant>!");
        assertThat(rendering.spans()).containsExactly(new Span(19, 22), new Span(33, 34));
    }

    /// The place of such blocks in the rendering is not known, and only the marks depend on the place.
    @Test
    void generationBlocksInAMacroOrCapturedBlockAreOnlyText() {
        Rendering rendering = JinjaTemplate.parse(
                        "{% macro m() %}{% generation %}a{% endgeneration %}{% endmacro %}{{ m() }}"
                                + "{% set x %}{% generation %}b{% endgeneration %}{% endset %}{{ x }}")
                .render(Map.of());

        assertThat(rendering).isEqualTo(new Rendering("ab", List.of()));
    }

    @Test
    void textOfAValueIsNeverTemplateCode() {
        String content = "{{ 7 * 7 }} {% for x in y %} {# gone #}";

        assertThat(JinjaTemplate.parse("{{ content }}|{{ content | trim }}")
                        .render(Map.of("content", content))
                        .text())
                .isEqualTo(content + "|" + content);
    }

    @Test
    void todayComesFromTheClock() {
        JinjaTemplate template =
                JinjaTemplate.parse("{{ strftime_now('%d %b %Y %-H:%M %A %j %%') }}", Limits.DEFAULT, CLOCK);

        assertThat(template.render(Map.of()).text()).isEqualTo("05 Mar 2026 14:07 Thursday 064 %");
    }

    @Test
    void errorsNameTheLine() {
        assertThatThrownBy(() -> JinjaTemplate.parse("a\n{% if x %}\n{{ y }}\n"))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("line 3")
                .hasMessageContaining("endif");
        assertThatThrownBy(() -> JinjaTemplate.parse("a\n\n{{ x.y.z }}").render(Map.of("x", Map.of())))
                .hasMessage("template line 3: 'dict object' has no attribute 'y'");
        assertThatThrownBy(() -> JinjaTemplate.parse("\n{{ raise_exception('roles must alternate') }}")
                        .render(Map.of()))
                .isInstanceOfSatisfying(
                        TemplateException.class, e -> assertThat(e.reason()).isEqualTo("roles must alternate"));
    }

    @Test
    void blocksThatNeedOtherFilesAreRefused() {
        assertThatThrownBy(() -> JinjaTemplate.parse("{% include 'secret' %}"))
                .hasMessageContaining("'include' is not available");
    }

    @Test
    void anEndlessTemplateEnds() {
        Limits small = new Limits(10_000, 50, 10_000, 1_000_000);

        assertRefused("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", small, "steps");
        assertRefused("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", small, "nesting");
        assertRefused("{{ 'x' * 1000000000 }}", small, "longer");
        assertRefused("{{ [0] * 1000000000 }}", small, "longer");
        assertRefused("{{ 'x'.ljust(1000000000) }}", small, "longer");
        assertRefused("{{ [1] | tojson(indent=1000000000) }}", small, "longer");
        assertRefused(
                "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                small, "longer");
        assertRefused(
                "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s.replace('', ns.s) %}{% endfor %}",
                small, "longer");
        assertRefused(
                "{% set ns = namespace(x=1) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
                Limits.DEFAULT, "nested too deep");
        assertRefused(
                "{% set big = 'x' * 10000000 %}{% for i in range(99999) %}{% if 'y' in big %}{% endif %}{% endfor %}",
                Limits.DEFAULT, "steps");
        assertRefused("{% set ns = namespace(_x=1) %}", small, "underscore");
        assertRefused("{% set ns = namespace() %}{% set ns._x = 1 %}", small, "underscore");
        assertRefused("{{ '{:.3}'.format(1234.5) }}", small, "needs the type f");
        assertRefused("{{ [1] | selectattr() | list }}", small, "missing");
        assertRefused("{{ {1: 2, 'a': 3} | tojson(sort_keys=true) }}", small, "wrong type");
        assertRefused("{{ 9223372036854775807 * 2 * 2 }}", small, "overflow");
        assertRefused("{{ " + "(".repeat(1000) + "1" + ")".repeat(1000) + " }}", small, "nested");
        assertRefused("{% if 1 %}".repeat(1000), small, "nested");
    }

    private static void assertRefused(String source, Limits limits, String reason) {
        assertThatThrownBy(() -> JinjaTemplate.parse(source, limits, CLOCK).render(Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(reason);
    }
}
