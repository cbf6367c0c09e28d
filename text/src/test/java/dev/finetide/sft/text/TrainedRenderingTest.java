package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrainedRenderingTest {
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");
    private static final Optional<ChatTemplate> DATED = Optional.of(ChatTemplate.of(
            "{{ strftime_now('%d %b %Y %H:%M') }}{% for m in messages %}{{ m.content }}{% endfor %}", Map.of()));
    private static final Optional<ChatTemplate> UNDATED =
            Optional.of(ChatTemplate.of("{% for m in messages %}{{ m.content }}{% endfor %}", Map.of()));

    @Test
    void theTimeOfTheRunIsKeptWhereTheTemplateAsksForIt() {
        TrainedRendering trained = new TrainedRendering(false, Optional.of(NOON));

        TrainedRendering kept = TrainedRendering.of(trained.metadata(DATED));

        assertThat(kept).isEqualTo(trained);
        assertThat(kept.template(DATED).orElseThrow().render(List.of(Message.user(", hi")), List.of(), true))
                .isEqualTo("29 Nov 2026 12:00, hi");
        assertThat(trained.metadata(UNDATED)).isEmpty();
        assertThat(trained.metadata(Optional.empty())).isEmpty();
    }

    @Test
    void plainTextIsKeptWhereTheBaseHasATemplate() {
        TrainedRendering trained = new TrainedRendering(true, Optional.of(NOON));

        assertThat(TrainedRendering.of(trained.metadata(DATED)).template(DATED)).isEmpty();
        assertThat(trained.metadata(Optional.empty())).isEmpty();
    }

    @Test
    void aFileOfAnotherProgramIsRenderedAsUsual() {
        assertThat(TrainedRendering.of(Map.of("format", "pt"))).isEqualTo(TrainedRendering.USUAL);
        assertThat(TrainedRendering.of(Map.of("finetide_template_time", "noon")))
                .isEqualTo(TrainedRendering.USUAL);
        assertThat(TrainedRendering.USUAL.template(DATED)).isEqualTo(DATED);
    }
}
