package dev.finetide.cli.output;

import dev.finetide.embedded.Stopwatch;
import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// Shows the progress of a task: a bar on a terminal, a line every few seconds elsewhere.
public sealed interface ProgressLine extends AutoCloseable {

    /// @param extra text after the bar: "loss 1.23, 5,100 tokens/s"
    void at(long done, String extra);

    @Override
    void close();

    /// @param total size of the task in its unit; at least 1
    /// @param unit  name of the unit, such as "step"; empty for bytes
    static ProgressLine start(String task, long total, String unit, PrintWriter err) {
        return startAt(0, task, total, unit, err);
    }

    /// Shows the progress of a task of which a part was done before. That part took no time here, so it counts for
    /// the progress, and not for the speed or the remaining time.
    ///
    /// @param before part of the total that is done
    static ProgressLine startAt(long before, String task, long total, String unit, PrintWriter err) {
        return Terminal.isInteractive() ? new Bar(before, task, total, unit) : new Lines(task, total, unit, err);
    }

    /// Progress bar on a terminal. A separate thread redraws the bar, so that the remaining time counts down
    /// between updates. The bar writes to stderr directly: the library's terminal (JLine) would restore the default
    /// action of Ctrl-C, which ends this process without its shutdown hooks.
    final class Bar implements ProgressLine {
        private static final int REDRAW_MS = 200;
        private static final long BYTES_IN_MB = 1_000_000;
        private final ProgressBar bar;

        private Bar(long before, String task, long total, String unit) {
            ProgressBarBuilder builder = new ProgressBarBuilder()
                    .setTaskName(Printable.line(task))
                    .setInitialMax(total)
                    .startsFrom(before, Duration.ZERO)
                    .setUpdateIntervalMillis(REDRAW_MS)
                    .setConsumer(new ConsoleProgressBarConsumer(System.err, Terminal.columns()))
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK);
            this.bar = (unit.isEmpty() ? builder.setUnit(" MB", BYTES_IN_MB) : builder.setUnit(" " + unit, 1)).build();
        }

        @Override
        public void at(long done, String extra) {
            bar.setExtraMessage(extra.isEmpty() ? "" : " " + Printable.line(extra));
            bar.stepTo(done);
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    /// Progress as lines, for logs.
    final class Lines implements ProgressLine {
        private static final Duration EVERY = Duration.ofSeconds(5);
        private final String task;
        private final long total;
        private final String unit;
        private final PrintWriter err;
        private Stopwatch said = Stopwatch.start();

        private Lines(String task, long total, String unit, PrintWriter err) {
            this.task = task;
            this.total = total;
            this.unit = unit;
            this.err = err;
        }

        @Override
        public void at(long done, String extra) {
            if (!said.hasPassed(EVERY)) {
                return;
            }
            said = Stopwatch.start();
            String far = unit.isEmpty()
                    ? Formats.bytes(done) + " of " + Formats.bytes(total)
                    : unit + " " + done + " of " + total;
            err.println(task + ": " + far + (extra.isEmpty() ? "" : ", " + extra));
            err.flush();
        }

        @Override
        public void close() {}
    }
}
