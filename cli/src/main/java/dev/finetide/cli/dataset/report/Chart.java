package dev.finetide.cli.dataset.report;

import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.Distribution;
import java.util.List;

/// A plot of a report, which terminals and pages draw in their own ways.
sealed interface Chart {
    /// Returns what the plot shows, in words.
    String title();

    /// Draws one bar for each name.
    record Bars(String title, List<Bar> bars) implements Chart {
        public Bars {
            bars = List.copyOf(bars);
        }
    }

    /// A bar of [Bars].
    ///
    /// @param part length, 0 to 1
    /// @param text number that stands at the bar
    record Bar(String name, double part, String text) {}

    /// Draws rows by size.
    ///
    /// @param unit unit of the sizes: "characters"
    record Histogram(String title, String unit, Distribution sizes) implements Chart {}

    /// Draws a score by the number of train rows.
    ///
    /// @param doubled forecast for twice the rows; empty for none
    record Curve(String title, String metric, List<CurvePoint> points, List<CurvePoint> doubled) implements Chart {
        public Curve {
            points = List.copyOf(points);
            doubled = List.copyOf(doubled);
        }
    }
}
