package dev.finetide.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/// Finds the metrics on the classpath.
public final class Metrics {
    private Metrics() {}

    /// Returns every metric on the classpath, by name.
    ///
    /// @throws IllegalStateException where a metric cannot be made, or two have one name
    public static List<Metric> all() {
        Map<String, Metric> byName = new LinkedHashMap<>();
        try {
            for (Metric metric : ServiceLoader.load(Metric.class, Metric.class.getClassLoader())) {
                Metric other = byName.putIfAbsent(metric.name(), metric);
                if (other != null && other.getClass() != metric.getClass()) {
                    throw new IllegalStateException("Two metrics have the name " + metric.name() + ": "
                            + other.getClass().getName() + " and "
                            + metric.getClass().getName());
                }
            }
        } catch (ServiceConfigurationError e) {
            throw new IllegalStateException("A metric on the classpath cannot be used: " + e.getMessage(), e);
        }
        return byName.values().stream()
                .sorted(Comparator.comparing(Metric::name))
                .toList();
    }

    /// Returns the metric of this name.
    ///
    /// @throws IllegalArgumentException where there is none; the message lists the names that there
    ///     are
    public static Metric byName(String name) {
        List<Metric> all = all();
        return all.stream()
                .filter(metric -> metric.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no metric " + name + "; there are "
                        + String.join(", ", all.stream().map(Metric::name).toList())));
    }

    /// Returns the metrics that are reported: the task's primary one first, then those that the
    /// user asked for, then the others that suit the task.
    ///
    /// @param more names that the user asked for
    /// @throws IllegalArgumentException where a name is unknown; the message lists the names that
    ///     there are
    public static List<Metric> chosen(Task task, List<String> more, Settings settings) {
        Map<String, Metric> chosen = new LinkedHashMap<>();
        Metric primary = byName(task.primaryMetric());
        chosen.put(primary.name(), primary);
        for (String name : more) {
            chosen.putIfAbsent(name, byName(name));
        }
        for (Metric metric : all()) {
            if (metric.suits(task, settings)) {
                chosen.putIfAbsent(metric.name(), metric);
            }
        }
        return new ArrayList<>(chosen.values());
    }

    /// Measures one row and checks what the metric says.
    ///
    /// @return as many statistics as [Aggregate#width]; NaN where the row has no such number
    /// @throws RuntimeException whatever the metric throws; IllegalArgumentException where the
    ///     metric gives statistics that its aggregate does not take
    public static double[] measure(Metric metric, Answered row) {
        double[] statistics = metric.measure(row);
        metric.aggregate().check(statistics);
        return statistics;
    }
}
