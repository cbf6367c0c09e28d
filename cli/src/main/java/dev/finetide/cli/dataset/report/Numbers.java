package dev.finetide.cli.dataset.report;

import dev.finetide.cli.output.Formats;
import dev.finetide.proto.dataset.v1.Distribution;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.Share;
import java.util.Locale;

/// Writes the numbers of a report for people.
final class Numbers {
    private static final double LARGE = 100;

    private Numbers() {}

    /// Formats a share with its interval: "120 of 4,000 (3.0 %; 2.5 to 3.6 %)".
    static String share(Share share) {
        if (share.getOf() == 0) {
            return "none";
        }
        String interval = share.getHigh() > share.getLow()
                ? "; %s to %s".formatted(percent(share.getLow()), percent(share.getHigh()))
                : "";
        return "%s of %s (%s%s)"
                .formatted(
                        Formats.count(share.getRows()), Formats.count(share.getOf()), percent(part(share)), interval);
    }

    static double part(Share share) {
        return share.getOf() == 0 ? 0 : (double) share.getRows() / share.getOf();
    }

    /// Returns a score as a part of the largest one of its metric.
    static double part(double score, String metric) {
        return score / (metric.equals("chrf") || metric.equals("bleu") ? LARGE : 1);
    }

    /// Counts things: "1 row", "2,000 rows".
    ///
    /// @param things word for several, which ends in s
    static String count(double number, String things) {
        return (number == Math.rint(number) ? Formats.count(number) : size(number)) + " "
                + (number == 1 ? things.substring(0, things.length() - 1) : things);
    }

    static String percent(double part) {
        return String.format(Locale.ROOT, "%.1f %%", part * LARGE);
    }

    /// Formats a size: without digits that say nothing.
    static String size(double size) {
        return Math.abs(size) >= LARGE || size == Math.rint(size)
                ? Formats.count(size)
                : String.format(Locale.ROOT, "%.3g", size);
    }

    /// Formats the sizes of rows in one line.
    static String sizes(Distribution sizes) {
        return "median %s, mean %s, 5 %% up to %s, 95 %% up to %s, %s to %s"
                .formatted(
                        size(sizes.getMedian()),
                        size(sizes.getMean()),
                        size(sizes.getP5()),
                        size(sizes.getP95()),
                        size(sizes.getMin()),
                        size(sizes.getMax()));
    }

    /// Names a row and what was found in it: "train 12: near-duplicate of train 3, 0.94".
    static String row(RowFound row) {
        StringBuilder text = new StringBuilder(place(row.getSplit(), row.getNumber()));
        String kind = row.getKindValue() == 0
                ? ""
                : row.getKind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        text.append(kind.isEmpty() ? "" : ": " + kind);
        if (row.getOtherNumber() > 0) {
            text.append(" of ").append(place(row.getOtherSplit(), row.getOtherNumber()));
        }
        if (!row.getWhat().isEmpty()) {
            text.append(", ").append(row.getWhat());
        }
        text.append(value(row));
        if (!row.getSuggestion().isEmpty()) {
            text.append(", suggested: ").append(row.getSuggestion());
        }
        return text.toString();
    }

    /// Returns the size of a finding in its kind's unit; empty where there is none.
    private static String value(RowFound row) {
        if (row.getValue() == 0) {
            return "";
        }
        return switch (row.getKind()) {
            case NEAR_DUPLICATE, LEAK, CONTRADICTION ->
                row.getValue() == 1 ? "" : ", similarity " + size(row.getValue());
            case LABEL_ISSUE -> ", its label has a probability of " + percent(row.getValue());
            case BEYOND_CONTEXT -> ", " + size(row.getValue()) + " tokens";
            case SURPRISING -> ", loss " + size(row.getValue());
            default -> ", " + size(row.getValue());
        };
    }

    private static String place(String split, long number) {
        return split + " " + number;
    }
}
