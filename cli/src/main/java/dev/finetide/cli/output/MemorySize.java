package dev.finetide.cli.output;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Converts a size to bytes: `6GB` are 6,000,000,000, `6GiB` are 6,442,450,944.
public final class MemorySize implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,3})?)([kKMGT]i?)?B?");
    private static final Map<String, Integer> POWERS = Map.of("K", 1, "M", 2, "G", 3, "T", 4);

    @Override
    public Long convert(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new TypeConversionException("expected a size such as 6GB, 512MiB or 6000000000, got '" + text + "'");
        }
        String unit = form.group(2);
        BigDecimal size = new BigDecimal(form.group(1));
        if (unit != null) {
            int base = unit.endsWith("i") ? 1024 : 1000;
            size = size.multiply(
                    BigDecimal.valueOf(base).pow(POWERS.get(unit.substring(0, 1).toUpperCase(Locale.ROOT))));
        }
        return size.longValue();
    }
}
