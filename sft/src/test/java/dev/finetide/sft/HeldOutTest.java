package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldOutTest {
    private static final List<TokenizedRow> ROWS = TinyModel.rows(200, 30);

    @Test
    void aShareIsHeldOutByContentAndEveryRowIsInOnePart() {
        HeldOut parts = HeldOut.of(ROWS, 0.1);
        assertThat(parts.heldOut()).hasSize(20);
        assertThat(parts.learnt()).hasSize(180);
        List<TokenizedRow> all = new ArrayList<>(parts.learnt());
        all.addAll(parts.heldOut());
        assertThat(all).containsExactlyInAnyOrderElementsOf(ROWS);
        assertThat(new HashSet<>(HeldOut.of(ROWS.reversed(), 0.1).heldOut())).isEqualTo(new HashSet<>(parts.heldOut()));
    }

    @Test
    void equalRowsStayTogether() {
        List<TokenizedRow> twice = new ArrayList<>(ROWS);
        twice.addAll(ROWS);
        HeldOut parts = HeldOut.of(twice, 0.1);
        assertThat(parts.heldOut()).hasSize(40);
        assertThat(parts.learnt()).doesNotContainAnyElementsOf(parts.heldOut());
    }

    @Test
    void atLeastOneRowIsHeldOutAndOneIsLearnt() {
        assertThat(HeldOut.of(ROWS, 1e-6).heldOut()).hasSize(1);
        assertThatThrownBy(() -> HeldOut.of(ROWS.subList(0, 1), 0.5))
                .hasMessageContaining("rows to learn is none of 1, expected at least one");
    }
}
