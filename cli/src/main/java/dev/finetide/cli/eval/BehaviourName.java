package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.BehaviourKind;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads the name of a kind of probes: "unsafe-answers" is UNSAFE_ANSWERS. "all" stands for all of
/// them, which picocli adds one by one.
public final class BehaviourName implements ITypeConverter<List<BehaviourKind>> {
    /// The value of an option without a list.
    public static final String ALL = "all";

    private static final List<BehaviourKind> PROBED = Arrays.stream(BehaviourKind.values())
            .filter(kind -> kind != BehaviourKind.BEHAVIOUR_KIND_UNSPECIFIED
                    && kind != BehaviourKind.UNRECOGNIZED
                    && kind != BehaviourKind.DRIFT)
            .toList();

    @Override
    public List<BehaviourKind> convert(String name) {
        if (name.strip().equalsIgnoreCase(ALL)) {
            return PROBED;
        }
        return PROBED.stream()
                .filter(kind -> of(kind).equalsIgnoreCase(name.strip()))
                .findFirst()
                .map(List::of)
                .orElseThrow(() -> new TypeConversionException("expected "
                        + Stream.concat(PROBED.stream().map(BehaviourName::of), Stream.of(ALL))
                                .collect(Collectors.joining(", "))
                        + ", got '" + name + "'"));
    }

    static String of(BehaviourKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
