package dev.finetide.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.junit.jupiter.api.Test;

class PrintableLogTest {
    private static final String FORGED = "a\n2026-01-01 00:00:00.000 INFO  all is well\u001b[2J\u2028b\0";

    private static ExtLogRecord logged(String message, Throwable thrown, Object... parameters) {
        ExtLogRecord record = new ExtLogRecord(Level.WARN, message, ExtLogRecord.FormatStyle.PRINTF, "test");
        record.setParameters(parameters);
        record.setThrown(thrown);
        assertThat(new PrintableLog().isLoggable(record)).isTrue();
        return record;
    }

    @Test
    void aMessageStaysOnItsLine() {
        ExtLogRecord record = logged("refused name=%s share=100%%", null, FORGED);
        assertThat(record.getMessage())
                .isEqualTo("refused name=a\\n2026-01-01 00:00:00.000 INFO  all is well?[2J?b? share=100%");
        assertThat(record.getParameters()).isNullOrEmpty();
    }

    @Test
    void theTextsOfAFailureAndItsCausesStayOnTheirLines() {
        IllegalStateException failure = new IllegalStateException("outer", new IllegalArgumentException(FORGED));
        failure.addSuppressed(new IllegalStateException(FORGED));
        StringWriter printed = new StringWriter();
        logged("failed", failure).getThrown().printStackTrace(new PrintWriter(printed, true));
        assertThat(printed.toString())
                .startsWith("java.lang.IllegalStateException: outer")
                .contains("Caused by: java.lang.IllegalArgumentException: a\\n2026-01-01")
                .contains("PrintableLogTest.java")
                .doesNotContain("\n2026")
                .doesNotContain("\u001b");
    }

    @Test
    void cleanRecordsStayAsTheyAre() {
        IllegalStateException failure = new IllegalStateException("plain", new IllegalStateException("too"));
        ExtLogRecord record = logged("%d rows", failure, 3);
        assertThat(record.getMessage()).isEqualTo("%d rows");
        assertThat(record.getThrown()).isSameAs(failure);
    }
}
