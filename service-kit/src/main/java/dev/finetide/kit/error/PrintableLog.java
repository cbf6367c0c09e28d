package dev.finetide.kit.error;

import io.quarkus.logging.LoggingFilter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;

/// Keeps every log message on one line: control characters of messages and of exceptions' texts are shown as such.
/// Without it, a text of a request that reaches the log, in whatever way, could forge lines of the log or command the
/// terminal that shows it. Leaves out what Kafka's clients repeat ([KafkaRepetitions]).
@LoggingFilter(name = "printable")
public final class PrintableLog implements Filter {
    private final KafkaRepetitions repetitions = new KafkaRepetitions(System::nanoTime);

    @Override
    @SuppressWarnings("deprecation") // the message with its parameters; its successor is a method of formatters alone
    public boolean isLoggable(LogRecord record) {
        if (record instanceof ExtLogRecord extended) {
            String message = extended.getFormattedMessage();
            if (repetitions.has(record.getLoggerName(), message)) {
                return false;
            }
            String line = Printable.line(message);
            if (!line.equals(message)) {
                extended.setMessage(line, ExtLogRecord.FormatStyle.NO_FORMAT);
                extended.setParameters(null);
            }
        }
        if (record.getThrown() != null) {
            record.setThrown(printable(record.getThrown(), Collections.newSetFromMap(new IdentityHashMap<>())));
        }
        return true;
    }

    /// Returns the failure itself if all of its texts are printable, else a copy.
    private static Throwable printable(Throwable failure, Set<Throwable> seen) {
        if (failure == null || !seen.add(failure)) {
            return failure;
        }
        Throwable cause = printable(failure.getCause(), seen);
        boolean isClean = cause == failure.getCause();
        Throwable[] suppressed = failure.getSuppressed();
        for (int i = 0; i < suppressed.length; i++) {
            Throwable clean = printable(suppressed[i], seen);
            isClean &= clean == suppressed[i];
            suppressed[i] = clean;
        }
        String text = String.valueOf(failure);
        String line = Printable.line(text);
        return isClean && line.equals(text) ? failure : new Shown(line, cause, suppressed, failure.getStackTrace());
    }

    /// A failure as the log shows it.
    private static final class Shown extends Throwable {
        private final String line;

        Shown(String line, Throwable cause, Throwable[] suppressed, StackTraceElement[] stack) {
            super(line, cause);
            this.line = line;
            setStackTrace(stack);
            for (Throwable other : suppressed) {
                addSuppressed(other);
            }
        }

        @Override
        public String toString() {
            return line;
        }
    }
}
