package dev.finetide.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void noCharacterOfARowControlsTheTerminal() {
        String hostile = "a\u001b[2Jb\u0007c\u009bd\u202ee\u2066f\r\ng\th\u007f\ud800";

        assertThat(Printable.line(hostile)).isEqualTo("a␛[2Jb␇c<U+009B>d<U+202E>e<U+2066>f\\r\\ng\\th␡<U+D800>");
        assertThat(Printable.text(hostile)).isEqualTo("a␛[2Jb␇c<U+009B>d<U+202E>e<U+2066>f\ng\th␡<U+D800>");
    }

    @Test
    void nothingHidesInARow() {
        assertThat(Printable.line("ad\u200bmin a\u200db \ufeffc \u00ad\u2060\u061c\u3164 \udb40\udc41"))
                .isEqualTo("ad<U+200B>min a<U+200D>b <U+FEFF>c <U+00AD><U+2060><U+061C><U+3164> <U+E0041>");
    }

    @Test
    void otherCharactersStayAsTheyAre() {
        assertThat(Printable.line("Größe 漢字 🙂 e\u0301")).isEqualTo("Größe 漢字 🙂 e\u0301");
        assertThat(Printable.line("👩\u200d🚀 می\u200cخواهم")).isEqualTo("👩\u200d🚀 می\u200cخواهم");
    }

    @Test
    void aLineIsCutToTheColumnsThatItTakes() {
        assertThat(Printable.cut("abcdef", 6)).isEqualTo("abcdef");
        assertThat(Printable.cut("abcdefg", 6)).isEqualTo("abcde…");
        assertThat(Printable.cut("漢字漢字", 8)).isEqualTo("漢字漢字");
        assertThat(Printable.cut("漢字漢字漢", 8)).isEqualTo("漢字漢…");
        assertThat(Printable.cut("e\u0301e\u0301e\u0301", 3)).isEqualTo("e\u0301e\u0301e\u0301");
    }
}
