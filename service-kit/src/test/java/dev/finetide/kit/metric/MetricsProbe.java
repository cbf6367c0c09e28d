package dev.finetide.kit.metric;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Reads the metrics that a service shows to Prometheus on `/q/metrics`.
public final class MetricsProbe {
    private final URL metrics;

    public MetricsProbe(URL metrics) {
        this.metrics = metrics;
    }

    /// Returns the sum of all series of `name` that carry each of `labels`, e.g. `state="RUNNING"`; empty if there is
    /// none.
    public Optional<Double> value(String name, String... labels) {
        return scrape().lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> Arrays.stream(labels).allMatch(line::contains))
                .map(line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
                .reduce(Double::sum);
    }

    /// Returns the faults that `promtool check metrics` finds in our own metrics; empty if promtool is not installed.
    public List<String> problems() throws IOException, InterruptedException {
        Optional<Path> promtool = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, "promtool"))
                .filter(Files::isExecutable)
                .findFirst();
        if (promtool.isEmpty()) {
            System.out.println("skipped: promtool check metrics, no promtool on PATH");
            return List.of();
        }
        Process check = new ProcessBuilder(promtool.get().toString(), "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (var in = check.outputWriter()) {
            in.write(scrape());
        }
        List<String> output = check.inputReader().lines().toList();
        check.waitFor();
        return output.stream()
                .filter(line -> line.startsWith("finetide") || line.startsWith("error"))
                .toList();
    }

    private String scrape() {
        try {
            URLConnection connection = metrics.openConnection();
            connection.setRequestProperty("Accept", "text/plain"); // not OpenMetrics, which promtool cannot check
            try (InputStream in = connection.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
