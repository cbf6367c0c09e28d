package dev.finetide.cli.dataset.report;

import dev.finetide.cli.eval.page.Plot;
import dev.finetide.cli.output.Html;
import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.Distribution;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Draws plots of a report as SVG, in the style of the page of evaluations.
final class PageChart {
    // Names and numbers fit in the larger letters of a narrow page, too.
    private static final int BAR_HEIGHT = 26;
    private static final int BAR_LEFT = 250;
    private static final int BAR_LENGTH = 150;
    private static final int BAR_WIDTH = 650;
    private static final int NAME_LETTERS = 22;

    private PageChart() {}

    static String svg(Chart chart) {
        return switch (chart) {
            case Chart.Bars bars -> bars(bars);
            case Chart.Histogram histogram -> histogram(histogram);
            case Chart.Curve curve -> curve(curve);
        };
    }

    private static String bars(Chart.Bars chart) {
        StringBuilder svg =
                new StringBuilder("<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n"
                        .formatted(BAR_WIDTH, BAR_HEIGHT * chart.bars().size() + 4, Html.escaped(chart.title())));
        for (int i = 0; i < chart.bars().size(); i++) {
            Chart.Bar bar = chart.bars().get(i);
            int top = i * BAR_HEIGHT;
            double length = Math.max(1, bar.part() * BAR_LENGTH);
            svg.append("<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n"
                    .formatted(BAR_LEFT - 8, top + 18, name(bar.name())));
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                    BAR_LEFT,
                    top + 4,
                    length,
                    BAR_HEIGHT - 8));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
                    BAR_LEFT + length + 6,
                    top + 18,
                    Html.escaped(bar.text())));
        }
        return svg.append("</svg>\n").toString();
    }

    private static String name(String name) {
        return Html.escaped(name.length() <= NAME_LETTERS ? name : name.substring(0, NAME_LETTERS - 1) + "…");
    }

    private static String histogram(Chart.Histogram chart) {
        Distribution sizes = chart.sizes();
        if (sizes.getCountsCount() == 0 || sizes.getEdgesCount() != sizes.getCountsCount() + 1) {
            return "";
        }
        double most = Math.max(
                1,
                sizes.getCountsList().stream().mapToLong(Long::longValue).max().orElse(1));
        List<Double> edges = sizes.getEdgesList();
        boolean isLog = grow(edges);
        Plot plot = new Plot(
                chart.title(),
                Plot.horizontal(List.of(place(edges.getFirst(), isLog), place(edges.getLast(), isLog)), isLog),
                chart.unit(),
                Plot.verticalFromZero(most),
                "rows");
        IntStream.range(0, sizes.getCountsCount())
                .filter(i -> sizes.getCounts(i) > 0)
                .forEach(i -> plot.bar(place(edges.get(i), isLog), place(edges.get(i + 1), isLog), sizes.getCounts(i)));
        return plot.svg();
    }

    /// Whether bins get wider from one to the next, because few rows are far larger than the others.
    private static boolean grow(List<Double> edges) {
        int last = edges.size() - 1;
        return last > 1 && edges.get(last) - edges.get(last - 1) > 3 * (edges.get(1) - edges.get(0));
    }

    /// Returns where an edge stands on the axis; a logarithmic axis has no 0.
    private static double place(double edge, boolean isLog) {
        return isLog ? Math.max(0.5, edge) : edge;
    }

    private static String curve(Chart.Curve chart) {
        List<CurvePoint> all = new ArrayList<>(chart.points());
        all.addAll(chart.doubled());
        Plot plot = new Plot(
                chart.title(),
                Plot.horizontal(
                        all.stream()
                                .map(point -> (double) Math.max(1, point.getTrainRows()))
                                .toList(),
                        true),
                "train rows",
                Plot.vertical(all.stream()
                        .flatMapToDouble(point -> DoubleStream.of(point.getLow(), point.getValue(), point.getHigh()))
                        .boxed()
                        .toList()),
                chart.metric());
        plot.curve("strong", points(chart.points()));
        if (!chart.doubled().isEmpty()) {
            plot.curve("chosen", points(all.subList(all.size() - 2, all.size())));
        }
        for (CurvePoint point : all) {
            boolean isForecast = chart.doubled().contains(point);
            plot.point(
                    isForecast ? "chosen" : "",
                    Math.max(1, point.getTrainRows()),
                    point.getValue(),
                    point.getLow(),
                    point.getHigh(),
                    isForecast ? "forecast" : "",
                    plot.pixelY(point.getValue()) - 10);
        }
        return plot.svg();
    }

    private static double[] points(List<CurvePoint> points) {
        return points.stream()
                .flatMapToDouble(point -> DoubleStream.of(Math.max(1, point.getTrainRows()), point.getValue()))
                .toArray();
    }
}
