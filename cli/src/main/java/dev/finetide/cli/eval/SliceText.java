package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Printable;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Slice;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Writes the slices of a report for people.
public record SliceText(EvaluationReport report) {
    /// Returns the slices of one field.
    ///
    /// @param field "label", "input length", ..., or a tag with or without the word "tag"
    /// @throws CommandFailedException NOT_FOUND naming the fields that there are
    SliceText of(String field) {
        List<Slice> found = report.getSlicesList().stream()
                .filter(slice ->
                        slice.getField().equals(field) || slice.getField().equals("tag " + field))
                .toList();
        if (found.isEmpty()) {
            String known = report.getSlicesList().stream()
                    .map(slice -> Printable.line(slice.getField()))
                    .distinct()
                    .collect(Collectors.joining(", "));
            throw new CommandFailedException(
                    ExitCode.NOT_FOUND,
                    "no slice is by " + field
                            + ": a field of the rows is one where dataset push names it as --tag-columns "
                            + field + ", and enough rows have it; "
                            + (known.isEmpty() ? "there are no slices" : "there are slices by " + known));
        }
        return new SliceText(
                report.toBuilder().clearSlices().addAllSlices(found).build());
    }

    /// Returns "12 slices".
    String count() {
        return report.getSlicesCount() + (report.getSlicesCount() == 1 ? " slice" : " slices");
    }

    /// Returns a sentence for each slice in which an arm is clearly better or worse than the base, unless all rows
    /// together say the same.
    List<String> findings() {
        return report.getSlicesList().stream()
                .flatMap(slice -> slice.getComparisonsList().stream()
                        .filter(pair ->
                                pair.getVerdict() != Verdict.NOT_DISTINGUISHABLE && pair.getVerdict() != overall(pair))
                        .map(pair -> name(slice) + ", " + Formats.count(slice.getRows()) + " rows: " + words(pair)))
                .toList();
    }

    /// Returns what all rows say about the same two arms.
    private Verdict overall(Comparison pair) {
        for (Comparison whole : report.getComparisonsList()) {
            if (whole.getMetric().equals(pair.getMetric())) {
                if (whole.getArm().equals(pair.getArm()) && whole.getOther().equals(pair.getOther())) {
                    return whole.getVerdict();
                }
                if (whole.getArm().equals(pair.getOther()) && whole.getOther().equals(pair.getArm())) {
                    return turned(whole.getVerdict());
                }
            }
        }
        return Verdict.NOT_DISTINGUISHABLE;
    }

    private static Verdict turned(Verdict verdict) {
        return switch (verdict) {
            case BETTER -> Verdict.WORSE;
            case WORSE -> Verdict.BETTER;
            default -> verdict;
        };
    }

    /// Returns "tag region = north".
    static String name(Slice slice) {
        return Printable.line(slice.getField() + " = " + slice.getValue());
    }

    /// Returns the verdict over an arm on a slice: "better", "worse", or nothing.
    public static String verdict(Slice slice, String arm) {
        return slice.getComparisonsList().stream()
                .filter(pair -> pair.getArm().equals(arm))
                .findFirst()
                .map(pair -> switch (pair.getVerdict()) {
                    case BETTER -> "better";
                    case WORSE -> "worse";
                    case NOT_DISTINGUISHABLE, VERDICT_UNSPECIFIED, UNRECOGNIZED -> "";
                })
                .orElse("");
    }

    private static String words(Comparison pair) {
        return pair.getArm() + " " + pair.getVerdict().name().toLowerCase(Locale.ROOT) + " than "
                + pair.getOther() + " by " + MetricText.value(Math.abs(pair.getDifference())) + " "
                + MetricText.interval(pair.getLow(), pair.getHigh());
    }

    /// Returns all slices as rows of a table, the heads first: slice, rows, and each arm's score with its verdict
    /// against the base.
    public List<List<String>> table() {
        List<String> arms = report.getArmsList().stream()
                .filter(arm -> !arm.hasError())
                .map(ArmReport::getArm)
                .toList();
        List<List<String>> rows = new ArrayList<>();
        rows.add(Stream.concat(Stream.of("SLICE", "ROWS"), arms.stream()).toList());
        for (Slice slice : report.getSlicesList()) {
            rows.add(Stream.concat(
                            Stream.of(name(slice), Formats.count(slice.getRows())),
                            arms.stream().map(arm -> cell(slice, arm)))
                    .toList());
        }
        return rows;
    }

    private static String cell(Slice slice, String arm) {
        if (!slice.containsScores(arm)) {
            return "-";
        }
        String verdict = verdict(slice, arm);
        return MetricText.value(slice.getScoresOrThrow(arm).getValue()) + (verdict.isEmpty() ? "" : " " + verdict);
    }
}
