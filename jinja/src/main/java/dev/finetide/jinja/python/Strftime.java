package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Formats a time as Python's `datetime.strftime` does, in English: the directives of dates and times.
public final class Strftime {
    private Strftime() {}

    public static String format(String format, ZonedDateTime time, Budget budget) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            // A directive costs about as much as thirty expressions.
            budget.charge(30L * Budget.STEP);
            budget.size(out.length());
            boolean unpadded = i + 1 < format.length() && format.charAt(i + 1) == '-';
            i += unpadded ? 2 : 1;
            if (i >= format.length()) {
                throw new Fault("the time format ends within a directive");
            }
            String part = directive(format.charAt(i), time);
            out.append(unpadded ? part.replaceFirst("^[0 ](?=.)", "") : part);
        }
        return out.toString();
    }

    private static String directive(char directive, ZonedDateTime time) {
        return switch (directive) {
            case 'a' -> by("EEE", time);
            case 'A' -> by("EEEE", time);
            case 'b', 'h' -> by("MMM", time);
            case 'B' -> by("MMMM", time);
            case 'd' -> by("dd", time);
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'm' -> by("MM", time);
            case 'y' -> by("yy", time);
            case 'Y' -> by("yyyy", time);
            case 'j' -> by("DDD", time);
            case 'H' -> by("HH", time);
            case 'I' -> by("hh", time);
            case 'M' -> by("mm", time);
            case 'S' -> by("ss", time);
            case 'f' -> by("SSSSSS", time);
            case 'p' -> by("a", time);
            case 'F' -> by("yyyy-MM-dd", time);
            case 'T' -> by("HH:mm:ss", time);
            case 'D' -> by("MM/dd/yy", time);
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> throw new Fault("unknown time directive");
        };
    }

    private static String by(String pattern, ZonedDateTime time) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
    }
}
