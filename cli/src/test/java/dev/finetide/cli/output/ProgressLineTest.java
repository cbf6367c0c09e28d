package dev.finetide.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long SIGINT_BIT = 1L << (2 - 1);

    @BeforeEach
    void aTerminal() {
        System.setProperty("finetide.terminal", "true");
    }

    @AfterEach
    void noTerminal() {
        System.clearProperty("finetide.terminal");
    }

    @Test
    void aBarLeavesCtrlCToTheShutdownHooks() throws IOException {
        assumeTrue(Files.exists(STATUS), "signals of a process are read from /proc");
        assumeTrue(
                catchesCtrlC(),
                "this JVM was started with SIGINT ignored, as shells start what runs in the background");
        try (ProgressLine line = ProgressLine.start("training", 10, "step", new PrintWriter(Writer.nullWriter()))) {
            line.at(1, "loss 1.2345");
            assertThat(line).isInstanceOf(ProgressLine.Bar.class);
            assertThat(catchesCtrlC()).isTrue();
        }
    }

    @Test
    void aBarIsDrawnWithItsTaskAndItsExtraText() {
        PrintStream stderr = System.err;
        ByteArrayOutputStream drawn = new ByteArrayOutputStream();
        System.setErr(new PrintStream(drawn, true, StandardCharsets.UTF_8));
        try (ProgressLine line = ProgressLine.start("training", 10, "step", new PrintWriter(Writer.nullWriter()))) {
            line.at(5, "loss 1.2345");
        } finally {
            System.setErr(stderr);
        }
        assertThat(drawn.toString(StandardCharsets.UTF_8)).contains("training", "50%", "5/10", "loss 1.2345");
    }

    @Test
    void whatWasDoneBeforeSaysNothingAboutTheRemainingTime() {
        PrintStream stderr = System.err;
        ByteArrayOutputStream drawn = new ByteArrayOutputStream();
        System.setErr(new PrintStream(drawn, true, StandardCharsets.UTF_8));
        try (ProgressLine line =
                ProgressLine.startAt(900, "training", 1000, "step", new PrintWriter(Writer.nullWriter()))) {
            line.at(900, "");
        } finally {
            System.setErr(stderr);
        }
        assertThat(drawn.toString(StandardCharsets.UTF_8)).contains("900/1000").containsPattern("/ \\?\\)");
    }

    private static boolean catchesCtrlC() throws IOException {
        String mask = Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("SigCgt:"))
                .map(line -> line.substring("SigCgt:".length()).trim())
                .findFirst()
                .orElseThrow();
        return (Long.parseUnsignedLong(mask, 16) & SIGINT_BIT) != 0;
    }
}
