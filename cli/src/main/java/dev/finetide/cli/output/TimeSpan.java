package dev.finetide.cli.output;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a time span: `90s`, `20m`, `1h30m`; a number alone is minutes.
public final class TimeSpan implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m(?:in)?)?(?:(\\d{1,6})s)?");
    private static final Pattern MINUTES = Pattern.compile("\\d{1,6}");

    @Override
    public Duration convert(String text) {
        String compact = text.replaceAll("\\s+", "");
        Matcher form = FORM.matcher(MINUTES.matcher(compact).matches() ? compact + "m" : compact);
        if (!form.matches()) {
            throw wrong(text);
        }
        Duration span = Duration.ofHours(number(form.group(1)))
                .plusMinutes(number(form.group(2)))
                .plusSeconds(number(form.group(3)));
        if (span.isZero()) {
            throw wrong(text);
        }
        return span;
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static TypeConversionException wrong(String text) {
        return new TypeConversionException("expected a time such as 20m, 90s or 1h30m, got '" + text + "'");
    }
}
