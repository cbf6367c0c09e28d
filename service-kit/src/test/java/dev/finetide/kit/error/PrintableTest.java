package dev.finetide.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void whatIsNotPrintableAsciiBecomesAQuestionMark() {
        assertThat(Printable.of("a\u0000b\nc\u00e9")).isEqualTo("a?b?c\u00e9");
    }

    @Test
    void aLongTextIsCut() {
        assertThat(Printable.of("x".repeat(200))).isEqualTo("x".repeat(200));
        assertThat(Printable.of("x".repeat(201))).isEqualTo("x".repeat(200) + "...");
        assertThat(Printable.of("abcd", 3)).isEqualTo("abc...");
    }
}
