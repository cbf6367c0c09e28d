package dev.finetide.suitability.contents;

import java.util.ArrayList;
import java.util.List;

/// Chooses edges of a histogram that a person can read: equal steps of 1, 2 or 5 times a power of ten; where the
/// largest size is far beyond the median, 1, 2, 5, 10, 20 and so on.
final class HistogramEdges {
    static final int MOST_BINS = 24;
    private static final int FAR = 20;
    private static final List<double[]> SERIES = List.of(new double[] {1, 1.5, 2, 3, 5, 7}, new double[] {1, 2, 5});

    private HistogramEdges() {}

    /// Returns 2 to 25 edges in rising order. The first is the smallest size or below, the last the largest or above.
    ///
    /// @param min smallest size, a whole number of 0 or more
    static double[] of(double min, double median, double max) {
        if (min == max) {
            return new double[] {min, max};
        }
        if (max > FAR * Math.max(1, median)) {
            for (double[] series : SERIES) {
                double[] edges = growing(min, max, series);
                if (edges.length <= MOST_BINS + 1) {
                    return edges;
                }
            }
        }
        return equal(min, max);
    }

    private static double[] equal(double min, double max) {
        double width = 1;
        for (int i = 0; bins(min, max, width) > MOST_BINS; i++) {
            width *= i % 3 == 1 ? 2.5 : 2;
        }
        double first = Math.floor(min / width) * width;
        double[] edges = new double[(int) bins(min, max, width) + 1];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = first + i * width;
        }
        return edges;
    }

    /// Returns the number of bins. Of width 1, each whole size has its own, also the largest.
    private static double bins(double min, double max, double width) {
        return width == 1 ? max - min + 1 : Math.ceil(max / width) - Math.floor(min / width);
    }

    private static double[] growing(double min, double max, double[] series) {
        List<Double> edges = new ArrayList<>();
        double last = 0;
        edges.add(last);
        for (double power = 1; last < max; power *= 10) {
            for (double step : series) {
                double edge = step * power;
                if (edge != Math.rint(edge) || last >= max) {
                    continue;
                }
                if (edge <= min) {
                    edges.clear();
                }
                edges.add(edge);
                last = edge;
            }
        }
        return edges.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
