package dev.finetide.cli.dataset.report;

import dev.finetide.cli.output.Printable;
import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.Distribution;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Draws plots of a report as lines of text, at most 80 columns wide.
///
/// @param blocks whether the terminal can show block characters; other terminals get plain ASCII
record TextChart(boolean blocks) {
    static final int COLUMNS = 80;
    private static final String INDENT = "  ";
    private static final int BAR = 24;
    private static final int NAME = 24;
    private static final int EIGHTHS = 8;
    private static final String RISING = " ▁▂▃▄▅▆▇█";
    private static final String RISING_ASCII = " .:-=+*#@";
    private static final String GROWING = " ▏▎▍▌▋▊▉█";

    /// Returns the form of charts that a stream's charset can write.
    static TextChart of(Charset charset) {
        return new TextChart(charset.canEncode() && charset.newEncoder().canEncode(RISING + GROWING));
    }

    List<String> lines(Chart chart) {
        List<String> lines = new ArrayList<>();
        lines.add(cut(INDENT + chart.title()));
        switch (chart) {
            case Chart.Bars bars -> bars.bars().forEach(bar -> lines.add(bar(bar)));
            case Chart.Histogram histogram -> lines.addAll(histogram(histogram));
            case Chart.Curve curve -> lines.addAll(curve(curve));
        }
        return lines;
    }

    private String bar(Chart.Bar bar) {
        String name = Printable.cut(Printable.line(bar.name()), NAME);
        return cut(INDENT + INDENT + String.format("%-" + NAME + "s ", name) + length(bar.part()) + " " + bar.text());
    }

    /// Returns a bar of a length from 0 to 1, with spaces up to its full length.
    private String length(double part) {
        int eighths = (int) Math.round(Math.clamp(part, 0, 1) * BAR * EIGHTHS);
        StringBuilder bar = new StringBuilder();
        if (blocks) {
            bar.repeat(GROWING.charAt(EIGHTHS), eighths / EIGHTHS);
            if (eighths % EIGHTHS > 0) {
                bar.append(GROWING.charAt(eighths % EIGHTHS));
            }
        } else {
            bar.repeat('#', (eighths + EIGHTHS / 2) / EIGHTHS);
        }
        return bar.repeat(' ', BAR - bar.length()).toString();
    }

    /// Draws a column for each bin, between the smallest and the largest size.
    private List<String> histogram(Chart.Histogram histogram) {
        Distribution sizes = histogram.sizes();
        long most =
                sizes.getCountsList().stream().mapToLong(Long::longValue).max().orElse(0);
        StringBuilder columns = new StringBuilder();
        for (long count : sizes.getCountsList()) {
            // A bin with any row is seen.
            int height = count == 0 ? 0 : (int) Math.max(1, Math.round((double) count / most * EIGHTHS));
            columns.append((blocks ? RISING : RISING_ASCII).charAt(height));
        }
        return List.of(
                cut(INDENT
                        + INDENT
                        + "%s [%s] %s %s"
                                .formatted(
                                        Numbers.size(sizes.getMin()),
                                        columns,
                                        Numbers.size(sizes.getMax()),
                                        histogram.unit())),
                cut(INDENT + INDENT + Numbers.sizes(sizes)));
    }

    private List<String> curve(Chart.Curve curve) {
        List<String> lines = new ArrayList<>();
        curve.points().forEach(point -> lines.add(point(point, curve.metric(), "")));
        curve.doubled().forEach(point -> lines.add(point(point, curve.metric(), " forecast")));
        return lines;
    }

    private String point(CurvePoint point, String metric, String note) {
        return bar(new Chart.Bar(
                "%,d rows%s".formatted(point.getTrainRows(), note),
                Numbers.part(point.getValue(), metric),
                String.format(Locale.ROOT, "%.3f (%.3f to %.3f)", point.getValue(), point.getLow(), point.getHigh())));
    }

    private static String cut(String line) {
        return Printable.cut(line, COLUMNS).stripTrailing();
    }
}
