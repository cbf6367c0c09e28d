package dev.finetide.cli.run;

import dev.finetide.proto.dataset.v1.RowFinding;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads the name of a kind of rows: "too-long" is TOO_LONG.
public final class RowFindingName implements ITypeConverter<RowFinding> {
    private static final List<RowFinding> REFUSED = List.of(
            RowFinding.TOO_LONG,
            RowFinding.NOT_RENDERED,
            RowFinding.EMPTY_ANSWER,
            RowFinding.REFUSED_BY_TEMPLATE,
            RowFinding.NOTHING_LEARNT);

    @Override
    public RowFinding convert(String name) {
        return REFUSED.stream()
                .filter(finding -> of(finding).equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("expected one of "
                        + String.join(
                                ", ", REFUSED.stream().map(RowFindingName::of).toList()) + ", got '" + name + "'"));
    }

    static String of(RowFinding finding) {
        return finding.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
