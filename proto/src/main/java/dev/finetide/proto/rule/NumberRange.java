package dev.finetide.proto.rule;

import build.buf.validate.FieldRules;
import build.buf.validate.RepeatedRules;
import java.util.Optional;

/// The numbers that the rules of a field allow, and how a person is told. Bounds are exact up to 2^53.
///
/// @param least   lower bound; minus infinity for none
/// @param most    upper bound; infinity for none
/// @param above   whether the lower bound itself is refused
/// @param below   whether the upper bound itself is refused
/// @param finite  whether infinities and NaN are refused
public record NumberRange(double least, double most, boolean above, boolean below, boolean finite) {
    private static final double NONE = Double.POSITIVE_INFINITY;

    /// Returns the range of a number's rules; empty where the rules are not those of a number.
    ///
    /// @throws IllegalStateException a kind of number that no field of ours has
    public static Optional<NumberRange> of(FieldRules rules) {
        return switch (rules.getTypeCase()) {
            case INT32 -> {
                build.buf.validate.Int32Rules its = rules.getInt32();
                yield Optional.of(new NumberRange(
                        its.hasGte() ? its.getGte() : its.hasGt() ? its.getGt() : -NONE,
                        its.hasLte() ? its.getLte() : its.hasLt() ? its.getLt() : NONE,
                        its.hasGt(),
                        its.hasLt(),
                        false));
            }
            case INT64 -> {
                build.buf.validate.Int64Rules its = rules.getInt64();
                yield Optional.of(new NumberRange(
                        its.hasGte() ? its.getGte() : its.hasGt() ? its.getGt() : -NONE,
                        its.hasLte() ? its.getLte() : its.hasLt() ? its.getLt() : NONE,
                        its.hasGt(),
                        its.hasLt(),
                        false));
            }
            case DOUBLE -> {
                build.buf.validate.DoubleRules its = rules.getDouble();
                yield Optional.of(new NumberRange(
                        its.hasGte() ? its.getGte() : its.hasGt() ? its.getGt() : -NONE,
                        its.hasLte() ? its.getLte() : its.hasLt() ? its.getLt() : NONE,
                        its.hasGt(),
                        its.hasLt(),
                        its.getFinite()));
            }
            case STRING, BYTES, REPEATED, TYPE_NOT_SET -> Optional.empty();
            default -> throw new IllegalStateException("rules of the kind " + rules.getTypeCase() + " are not checked");
        };
    }

    /// Returns how many items a list may have.
    public static NumberRange ofItems(RepeatedRules rules) {
        return new NumberRange(
                rules.getMinItems(), rules.hasMaxItems() ? rules.getMaxItems() : NONE, false, false, false);
    }

    /// Returns whether the rules allow the number; NaN only where there is no bound.
    public boolean allows(double value) {
        return (!finite || Double.isFinite(value))
                && (least == -NONE || (above ? value > least : value >= least))
                && (most == NONE || (below ? value < most : value <= most));
    }

    /// Returns the range in words: "1 to 65536", "0 to below 1", "a finite number above 0", "0 or more".
    public String words() {
        if (most == NONE) {
            return (finite ? "a finite number " + (above ? "above " : "of at least ") : above ? "more than " : "")
                    + text(least)
                    + (finite || above ? "" : " or more");
        }
        if (above && below) {
            return "more than " + text(least) + " and less than " + text(most);
        }
        return (above ? "more than " : "") + text(least) + (below ? " to below " : " to ") + text(most);
    }

    private static String text(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }
}
