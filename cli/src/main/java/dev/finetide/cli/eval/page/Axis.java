package dev.finetide.cli.eval.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Maps numbers to a range of pixels, on a linear or a logarithmic scale.
///
/// @param low    number at `from`
/// @param high   number at `to`, larger than `low`
/// @param from   pixel of the low end
/// @param to     pixel of the high end
/// @param isLog  whether equal distances are equal factors
public record Axis(double low, double high, double from, double to, boolean isLog) {
    private static final double[] STEPS = {1, 2, 5, 10};
    private static final int MOST_TICKS = 6;

    /// Returns an axis that has room around its values; they may be equal.
    ///
    /// @param values positive numbers for a logarithmic axis, at least one
    static Axis around(List<Double> values, double from, double to, boolean isLog) {
        double low = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double high = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        if (isLog) {
            return new Axis(low / 1.5, high * 1.5, from, to, true);
        }
        double room = high > low ? (high - low) * 0.08 : Math.max(Math.abs(high) * 0.1, 1e-9);
        return new Axis(low - room, high + room, from, to, false);
    }

    double pixel(double value) {
        double part = isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
        return from + part * (to - from);
    }

    /// Returns round numbers within the axis, at most six.
    List<Double> ticks() {
        return isLog ? logTicks() : linearTicks();
    }

    private List<Double> linearTicks() {
        double rough = (high - low) / (MOST_TICKS - 1);
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = power * STEPS[STEPS.length - 1];
        for (double factor : STEPS) {
            if (factor * power >= rough) {
                step = factor * power;
                break;
            }
        }
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    private List<Double> logTicks() {
        List<Double> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
            for (int i = 0; i < STEPS.length - 1; i++) {
                double tick = STEPS[i] * Math.pow(10, power);
                if (tick >= low && tick <= high) {
                    ticks.add(tick);
                }
            }
        }
        while (ticks.size() > MOST_TICKS) {
            List<Double> fewer = new ArrayList<>();
            for (int i = 0; i < ticks.size(); i += 2) {
                fewer.add(ticks.get(i));
            }
            ticks = fewer;
        }
        return ticks;
    }

    /// Writes a tick without digits that say nothing: "0.002", "20", "1e6".
    static String label(double tick) {
        double size = Math.abs(tick);
        if (size < 1e-12) {
            return "0";
        }
        if (size >= 1e5 || size < 1e-3) {
            return String.format(Locale.ROOT, "%.0e", tick)
                    .replace("e+0", "e")
                    .replace("e-0", "e-")
                    .replace("e+", "e");
        }
        int digits = (int) Math.max(0, 2 - Math.floor(Math.log10(size)));
        String text = String.format(Locale.ROOT, "%." + digits + "f", tick);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
