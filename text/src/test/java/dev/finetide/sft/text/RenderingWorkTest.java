package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.jinja.Allowance;
import dev.finetide.jinja.JinjaTemplate;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.template.Message;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RenderingWorkTest {
    private static final ChatRow ROW = new ChatRow(List.of(Message.user("q"), Message.assistant("a")), List.of());

    /// A template of about 210,000 steps; a row of two turns adds about 100,000.
    private static final JinjaTemplate SLOW =
            JinjaTemplate.parse("{% for a in range(100) %}{% for b in range(1000) %}{% endfor %}{% endfor %}");

    private static boolean render(Allowance allowance) {
        try {
            SLOW.within(allowance).render(Map.of());
            return true;
        } catch (TemplateException tooMuch) {
            return false;
        }
    }

    @Test
    void aTemplateThatIsSlowOnEveryRowUsesUpTheReserve() {
        RenderingWork work = new RenderingWork(1_000_000);

        List<Boolean> rendered = IntStream.range(0, 30)
                .mapToObj(row -> work.on(ROW, RenderingWorkTest::render))
                .toList();

        assertThat(rendered).startsWith(true, true, true);
        assertThat(rendered.stream().filter(done -> !done).count()).isBetween(10L, 25L);
    }

    @Test
    void rowsThatTakeLittleNeverUseUpTheReserve() {
        RenderingWork work = new RenderingWork(1_000_000);
        JinjaTemplate fast = JinjaTemplate.parse("{% for a in range(10000) %}{% endfor %}");

        for (int row = 0; row < 200; row++) {
            assertThat(work.<String>on(
                            ROW,
                            allowance -> fast.within(allowance).render(Map.of()).text()))
                    .isEmpty();
        }
    }

    @Test
    void theRenderingsOfOneRowShareItsAllowance() {
        RenderingWork work = new RenderingWork(1_000_000);

        List<Boolean> rendered = work.on(
                ROW,
                allowance ->
                        IntStream.range(0, 20).mapToObj(i -> render(allowance)).toList());

        assertThat(rendered).startsWith(true, true).endsWith(false);
    }
}
