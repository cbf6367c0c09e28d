package dev.finetide.kit.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class PageTest {
    private static final ToLongFunction<String> LENGTH = String::length;

    @Test
    void theTokenLeadsBehindTheLastRowShown() {
        // Given
        Page first = Page.of(2, "");
        List<String> rows = List.of("a", "b", "c"); // size + 1 asked for
        // When
        Page.Rows<String> page = first.fit(rows, LENGTH);
        // Then
        assertThat(page.shown()).containsExactly("a", "b");
        assertThat(Page.of(2, page.nextToken(row -> row)).after()).contains("b");
    }

    @Test
    void theLastPageHasNoToken() {
        Page.Rows<String> page = Page.of(2, "").fit(List.of("a", "b"), LENGTH);
        assertThat(page.shown()).containsExactly("a", "b");
        assertThat(page.nextToken(row -> row)).isEmpty();
    }

    @Test
    void aPageOfLargeRowsEndsEarlyAndGoesOn() {
        ToLongFunction<String> megabyte = _ -> 1 << 20;
        Page.Rows<String> page = Page.of(1000, "").fit(List.of("a", "b", "c", "d"), megabyte);
        assertThat(page.shown()).containsExactly("a", "b", "c");
        assertThat(Page.of(1000, page.nextToken(row -> row)).after()).contains("c");
    }

    @Test
    void aRowThatIsLargerThanAPageHasAPageOfItsOwn() {
        ToLongFunction<String> huge = _ -> Page.MOST_BYTES + 1;
        Page.Rows<String> page = Page.of(1000, "").fit(List.of("a", "b"), huge);
        assertThat(page.shown()).containsExactly("a");
        assertThat(page.more()).isTrue();
        assertThat(Page.of(1000, "").fit(List.of("b"), huge).more()).isFalse();
    }

    @Test
    void aTokenOfUnprintableBytesIsForeign() {
        for (String text : List.of("a\0b", "a\nb", "\u001b[2J")) {
            String token = Base64.getUrlEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> Page.of(1, token))
                    .isInstanceOf(ApiException.class)
                    .hasMessage("page_token: is not a token this service gave");
        }
        assertThatThrownBy(() -> Page.of(1, Base64.getUrlEncoder().encodeToString(new byte[] {(byte) 0xff})))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void refusesForeignTokens() {
        assertThatThrownBy(() -> Page.of(1, "?"))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("page_token");
    }
}
