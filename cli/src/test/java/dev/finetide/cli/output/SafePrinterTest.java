package dev.finetide.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SafePrinterTest {
    private static final String HOSTILE = "a\u001b[2Jb\u009bc\u202ed\u200be\rf\tg";

    private final StringWriter shown = new StringWriter();
    private final SafePrinter printer = new SafePrinter(new PrintWriter(shown));

    @Test
    void noTextControlsTheTerminal() {
        printer.println(HOSTILE);
        printer.printf("%s%n", HOSTILE);
        printer.print(HOSTILE.toCharArray());
        printer.append(HOSTILE);
        for (char unit : HOSTILE.toCharArray()) {
            printer.write(unit);
        }
        printer.flush();

        assertThat(shown.toString().replace("a␛[2Jb<U+009B>c<U+202E>d<U+200B>e␍f\tg", ""))
                .isEqualTo("\n\n");
    }

    @Test
    void aCharacterInTwoHalvesStaysWhole() {
        printer.write('\ud83d');
        printer.write('\ude42');
        printer.flush();

        assertThat(shown.toString()).isEqualTo("🙂");
    }

    @Test
    void jsonKeepsItsData() {
        printer.json().println("{\"a\":\"x\u009b\u202e\u200b\udb40\udc41y\"}");

        assertThat(shown.toString()).isEqualTo("{\"a\":\"x\\u009b\\u202e\\u200b\\udb40\\udc41y\"}\n");
    }

    @Test
    void onlyTheProgramHasColours() {
        printer.println(Colour.LEARNT.of("green") + "\u001b[31mred");

        assertThat(shown.toString()).isEqualTo("\u001b[30;42mgreen\u001b[0m␛[31mred\n");
    }

    @Test
    void bytesAreCleanedLineByLine() throws IOException {
        OutputStream lines = printer.lines();
        for (byte next : "größe \u009b\nlast".getBytes(StandardCharsets.UTF_8)) {
            lines.write(next);
        }
        lines.close();

        assertThat(shown.toString()).isEqualTo("größe <U+009B>\nlast");
    }
}
