package dev.finetide.eval.behaviour;

import dev.finetide.proto.evaluation.v1.BehaviourOrBuilder;
import java.util.Locale;

/// Writes findings as sentences.
final class BehaviourWords {
    private BehaviourWords() {}

    /// Writes a finding: "tuned has loss 3.412 on general texts, base 2.900: worse by 0.512 [0.430,
    /// 0.601] (64 rows)".
    ///
    /// @param addition words after the numbers; empty for none
    static String of(BehaviourOrBuilder found, String addition) {
        String kind = kind(found);
        if (!found.getUnmeasured().isEmpty()) {
            return "%s, %s: %s".formatted(found.getArm(), kind, found.getUnmeasured());
        }
        double sign = Math.signum(found.getDifference());
        String verdict = switch (found.getVerdict()) {
            case BETTER -> "better by ";
            case WORSE -> "worse by ";
            case NOT_DISTINGUISHABLE -> "not distinguishable, difference ";
            case VERDICT_UNSPECIFIED, UNRECOGNIZED -> "difference ";
        };
        boolean turned = verdict.endsWith(" by ") && sign < 0;
        return "%s, %s: %s %s%s, %s %s: %s%s [%s, %s] (%,d rows)%s"
                .formatted(
                        found.getArm(),
                        kind,
                        found.getName(),
                        number(found.getValue()),
                        found.getProbe().isEmpty() ? "" : " on " + place(found.getProbe()),
                        found.getBaseArm(),
                        number(found.getBaseValue()),
                        verdict,
                        number(turned ? -found.getDifference() : found.getDifference()),
                        number(turned ? -found.getHigh() : found.getLow()),
                        number(turned ? -found.getLow() : found.getHigh()),
                        found.getRows(),
                        addition.isEmpty() ? "" : "; " + addition);
    }

    private static String kind(BehaviourOrBuilder found) {
        return found.getKind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String place(String probe) {
        return switch (probe) {
            case "train", "out-of-domain" -> probe + " rows";
            case "memory" -> "train answers";
            default -> probe.startsWith("projects/") ? probe.substring(probe.indexOf("/datasets/") + 1) : probe;
        };
    }

    static String number(double value) {
        if (Double.isNaN(value)) {
            return "?";
        }
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.equals("-0.000") ? "0.000" : text;
    }
}
