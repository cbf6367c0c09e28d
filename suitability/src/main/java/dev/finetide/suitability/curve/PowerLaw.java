package dev.finetide.suitability.curve;

import java.util.Arrays;

/// The curve `error = floor + scale * rows^-exponent` through points of a learning curve, by least squares. Floor and
/// scale are 0 or more. Source of the form: Hestness et al. 2017, "Deep Learning Scaling is Predictable, Empirically".
///
/// @param rSquared share of the points' variance that the curve explains, 1 for all; 0 where the errors are all equal
record PowerLaw(double floor, double scale, double exponent, double rSquared) {
    /// Exponents that are tried. Real curves have about 0.1 to 1.
    private static final double LEAST = 0.05;

    private static final double MOST = 2;
    private static final double STEP = 0.025;

    /// Fits a curve.
    ///
    /// @param rows number of train rows of each point, 1 or more
    /// @param errors error of each point, from 0 to 1
    static PowerLaw fit(double[] rows, double[] errors) {
        double most = Arrays.stream(rows).max().orElseThrow();
        double mean = Arrays.stream(errors).average().orElseThrow();
        double total = Arrays.stream(errors)
                .map(error -> (error - mean) * (error - mean))
                .sum();
        PowerLaw best = new PowerLaw(mean, 0, LEAST, 0);
        double least = total;
        for (int i = 0; LEAST + i * STEP <= MOST; i++) {
            double exponent = LEAST + i * STEP;
            double[] x = Arrays.stream(rows)
                    .map(row -> Math.pow(row / most, -exponent))
                    .toArray();
            double[] line = line(x, errors);
            double squares = 0;
            for (int point = 0; point < x.length; point++) {
                double miss = errors[point] - line[0] - line[1] * x[point];
                squares += miss * miss;
            }
            if (squares < least) {
                least = squares;
                best = new PowerLaw(line[0], line[1] * Math.pow(most, exponent), exponent, 1 - squares / total);
            }
        }
        return best;
    }

    /// Returns floor and slope of the line through points, neither below 0.
    private static double[] line(double[] x, double[] y) {
        double meanX = Arrays.stream(x).average().orElseThrow();
        double meanY = Arrays.stream(y).average().orElseThrow();
        double products = 0;
        double squares = 0;
        double ofBoth = 0;
        double ofX = 0;
        for (int i = 0; i < x.length; i++) {
            products += (x[i] - meanX) * (y[i] - meanY);
            squares += (x[i] - meanX) * (x[i] - meanX);
            ofBoth += x[i] * y[i];
            ofX += x[i] * x[i];
        }
        double slope = squares == 0 ? 0 : products / squares;
        if (slope <= 0) {
            return new double[] {meanY, 0};
        }
        double floor = meanY - slope * meanX;
        return floor >= 0 ? new double[] {floor, slope} : new double[] {0, ofBoth / ofX};
    }

    /// Returns the error that the curve forecasts for a number of train rows.
    double error(double rows) {
        return floor + scale * Math.pow(rows, -exponent);
    }
}
