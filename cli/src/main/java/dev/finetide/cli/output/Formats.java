package dev.finetide.cli.output;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// Formats numbers and times for people. Programs get them unrounded from `-o json`.
public final class Formats {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private Formats() {}

    public static String time(Timestamp time) {
        return time.equals(Timestamp.getDefaultInstance())
                ? "-"
                : TIME.format(Instant.ofEpochMilli(Timestamps.toMillis(time)));
    }

    public static String bytes(long bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }

    public static String duration(Duration duration) {
        Duration whole = duration.truncatedTo(ChronoUnit.SECONDS);
        if (whole.toMinutes() == 0) {
            return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
        }
        return whole.toHours() == 0
                ? String.format(Locale.ROOT, "%d:%02d min", whole.toMinutes(), whole.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d h", whole.toHours(), whole.toMinutesPart());
    }

    /// Formats a fraction of 1 with three digits: "0.852".
    public static String part(double part) {
        return String.format(Locale.ROOT, "%.3f", part);
    }

    /// Formats a perplexity: from 1 to the size of the vocabulary, and far more for a model that is certain and
    /// wrong.
    public static String perplexity(double perplexity) {
        return String.format(Locale.ROOT, perplexity < 10_000 ? "%.3f" : "%.2e", perplexity);
    }

    public static String loss(double loss) {
        return String.format(Locale.ROOT, "%.4f", loss);
    }

    public static String count(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    /// Returns the first 12 digits of a digest, which are enough to compare by eye.
    public static String digest(String sha256) {
        return sha256.length() > 12 ? sha256.substring(0, 12) : sha256;
    }

    /// Shortens a text to at most `most` characters, with an ellipsis for the rest. For display only.
    public static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }

    public static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    /// Formats why a worker does not run yet: "place 3 in the cluster's queue (couldn't assign flavors …)".
    public static String waiting(WorkWaiting why) {
        String what = why.getPlace() > 0
                ? "place " + why.getPlace() + " in the cluster's queue"
                : why.getReason().name();
        return what + " (" + why.getMessage() + ")";
    }
}
