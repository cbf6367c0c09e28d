package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.chunk.ChunkLines;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttemptInputsTest {
    private static final Chunk CHUNK =
            new Chunk("a.md", "A", List.of("A"), List.of(new Chunk.Part(1, 5, 5)), 0, 5, "Alpha");

    @Test
    void aPassageIsReadFromTheLineOfAShard() {
        String stored = ChunkLines.write(CHUNK);
        String line =
                stored.substring(0, stored.length() - 1) + ",\"source\":{\"file\":\"a.md\",\"record\":1},\"tags\":{}}";
        assertThat(AttemptInputs.chunk(line, "manual", 0)).isEqualTo(CHUNK);
    }

    @Test
    void aLineThatIsNoPassageIsNamedWithoutItsText() {
        assertThatThrownBy(() -> AttemptInputs.chunk("{\"prompt\":\"secret\"}", "manual", 6))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining("passage 7 of manual")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> AttemptInputs.chunk("[1", "manual", 0)).isInstanceOf(WorkerFailure.class);
    }
}
