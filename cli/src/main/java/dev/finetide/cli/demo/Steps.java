package dev.finetide.cli.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/// Prints the demo's steps, each with the time since the start.
final class Steps {
    private final PrintWriter out;
    private final Instant started = Instant.now();

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
        return Duration.between(started, Instant.now()).toMillis() / 1e3;
    }
}
