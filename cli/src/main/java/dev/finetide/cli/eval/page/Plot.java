package dev.finetide.cli.eval.page;

import dev.finetide.cli.output.Html;
import java.util.List;
import java.util.Locale;

/// Draws one plot as SVG. Colours come from the page's style sheet, by the classes of the marks, so
/// that a plot follows dark mode and paper.
public final class Plot {
    static final double WIDTH = 560;
    static final double HEIGHT = 330;
    static final double LEFT = 64;
    static final double RIGHT = WIDTH - 14;
    static final double TOP = 14;
    static final double BOTTOM = HEIGHT - 52;

    private final StringBuilder svg = new StringBuilder();
    private final Axis x;
    private final Axis y;

    /// @param what  description for people who do not see it
    /// @param xName unit of the horizontal axis
    /// @param yName unit of the vertical axis
    public Plot(String what, Axis x, String xName, Axis y, String yName) {
        this.x = x;
        this.y = y;
        svg.append("<svg class=\"plot\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">\n"
                .formatted(WIDTH, HEIGHT, Html.escaped(what)));
        for (double tick : y.ticks()) {
            double at = y.pixel(tick);
            line("grid", LEFT, at, RIGHT, at);
            text("tick", LEFT - 8, at + 4, "end", Axis.label(tick));
        }
        for (double tick : x.ticks()) {
            double at = x.pixel(tick);
            line("grid", at, TOP, at, BOTTOM);
            text("tick", at, BOTTOM + 18, "middle", Axis.label(tick));
        }
        text("axis", (LEFT + RIGHT) / 2, HEIGHT - 10, "middle", xName);
        svg.append("<text class=\"axis\" transform=\"translate(20 %s) rotate(-90)\" text-anchor=\"middle\">%s</text>\n"
                .formatted(number((TOP + BOTTOM) / 2), Html.escaped(yName)));
    }

    public static Axis horizontal(List<Double> values, boolean isLog) {
        return Axis.around(values, LEFT, RIGHT, isLog);
    }

    public static Axis vertical(List<Double> values) {
        return Axis.around(values, BOTTOM, TOP, false);
    }

    /// Returns a vertical axis for bars, which begins at 0.
    ///
    /// @param most the largest number, above 0
    public static Axis verticalFromZero(double most) {
        return new Axis(0, most * 1.05, BOTTOM, TOP, false);
    }

    /// Draws a bar from 0 up.
    ///
    /// @param from number at which the bar begins
    /// @param to   number at which the bar ends
    public void bar(double from, double to, double height) {
        double left = x.pixel(from);
        double width = Math.max(2, x.pixel(to) - left - 1);
        svg.append("<rect class=\"bar\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n"
                .formatted(number(left), number(y.pixel(height)), number(width), number(BOTTOM - y.pixel(height))));
    }

    /// Draws a dot with an interval and a name.
    ///
    /// @param labelAt pixel of the name's baseline
    public void point(String style, double atX, double atY, double low, double high, String name, double labelAt) {
        double px = x.pixel(atX);
        if (low < high) {
            line("interval " + style, px, y.pixel(low), px, y.pixel(high));
            line("interval " + style, px - 5, y.pixel(low), px + 5, y.pixel(low));
            line("interval " + style, px - 5, y.pixel(high), px + 5, y.pixel(high));
        }
        svg.append("<circle class=\"dot %s\" cx=\"%s\" cy=\"%s\" r=\"5\"/>\n"
                .formatted(style, number(px), number(y.pixel(atY))));
        boolean left = px > (LEFT + RIGHT) / 2;
        text("label " + style, left ? px - 10 : px + 10, labelAt, left ? "end" : "start", name);
    }

    /// Draws a line through points.
    ///
    /// @param points numbers of both axes, in turn
    public void curve(String style, double[] points) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i + 1 < points.length; i += 2) {
            path.append(i == 0 ? "M" : "L")
                    .append(number(x.pixel(points[i])))
                    .append(' ')
                    .append(number(y.pixel(points[i + 1])));
        }
        svg.append("<path class=\"curve %s\" d=\"%s\"/>\n".formatted(style, path));
    }

    void dot(String style, double atX, double atY) {
        svg.append("<circle class=\"dot %s\" cx=\"%s\" cy=\"%s\" r=\"3.5\"/>\n"
                .formatted(style, number(x.pixel(atX)), number(y.pixel(atY))));
    }

    public double pixelY(double value) {
        return y.pixel(value);
    }

    public String svg() {
        return svg + "</svg>\n";
    }

    private void line(String style, double x1, double y1, double x2, double y2) {
        svg.append("<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n"
                .formatted(style, number(x1), number(y1), number(x2), number(y2)));
    }

    private void text(String style, double atX, double atY, String anchor, String words) {
        svg.append("<text class=\"%s\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>\n"
                .formatted(style, number(atX), number(atY), anchor, Html.escaped(words)));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
