package dev.finetide.cli.demo;

import dev.finetide.embedded.Stopwatch;
import java.io.PrintWriter;
import java.util.Locale;

/// Prints the demo's steps, each with the time since the start.
final class Steps {
    private final PrintWriter out;
    private final Stopwatch started = Stopwatch.start();

    Steps(PrintWriter out) {
        this.out = out;
    }

    void begin(String step) {
        out.printf(Locale.ROOT, "[%5.1f s] %s%n", seconds(), step);
        out.flush();
    }

    void say(String line) {
        out.println("          " + line.replace("\n", "\n          "));
        out.flush();
    }

    PrintWriter out() {
        return out;
    }

    double seconds() {
        return started.elapsed().toMillis() / 1e3;
    }
}
