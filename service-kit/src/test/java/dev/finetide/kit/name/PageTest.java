package dev.finetide.kit.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageTest {
    @Test
    void theTokenLeadsBehindTheLastRowShown() {
        // Given
        Page first = Page.of(2, "");
        List<String> rows = List.of("a", "b", "c"); // size + 1 asked for
        // When
        String token = first.nextToken(rows, row -> row);
        // Then
        assertThat(first.shown(rows)).containsExactly("a", "b");
        assertThat(Page.of(2, token).after()).contains("b");
    }

    @Test
    void theLastPageHasNoToken() {
        assertThat(Page.of(2, "").nextToken(List.of("a", "b"), row -> row)).isEmpty();
    }

    @Test
    void refusesForeignTokens() {
        assertThatThrownBy(() -> Page.of(1, "?"))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("page_token");
    }
}
