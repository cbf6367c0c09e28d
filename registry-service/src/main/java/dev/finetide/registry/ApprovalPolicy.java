package dev.finetide.registry;

import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Approves a version without a reviewer if it beats its base on the primary metric of the held-out rows, and nothing
/// makes the comparison doubtful.
///
/// @param metric         metric to compare
/// @param minImprovement improvement that the tuned model must exceed, in the metric's unit; 0 or more
record ApprovalPolicy(Metric metric, double minImprovement) {
    /// Decision of the policy.
    ///
    /// @param approved whether the version is approved; otherwise it waits for a reviewer
    /// @param reasons  reasons, each with both numbers
    record Verdict(boolean approved, List<String> reasons) {}

    /// A number of the report. The improvement is positive if the tuned model is better.
    enum Metric {
        EXACT_MATCH("exact match") {
            @Override
            double of(VariantMetrics metrics) {
                return metrics.getExactMatch();
            }
        },
        TOKEN_F1("token F1") {
            @Override
            double of(VariantMetrics metrics) {
                return metrics.getTokenF1();
            }
        },
        LOSS("loss") {
            @Override
            double of(VariantMetrics metrics) {
                return metrics.getLoss();
            }

            @Override
            double improvement(double base, double tuned) {
                return base - tuned;
            }
        };

        private final String label;

        Metric(String label) {
            this.label = label;
        }

        abstract double of(VariantMetrics metrics);

        double improvement(double base, double tuned) {
            return tuned - base;
        }
    }

    ApprovalPolicy {
        if (!(minImprovement >= 0) || Double.isInfinite(minImprovement)) {
            throw new IllegalArgumentException(
                    "registry.policy.min-improvement: expected a number of 0 or more, got " + minImprovement);
        }
    }

    /// Judges an evaluation. Whatever makes its numbers doubtful holds the version, however good the numbers are.
    Verdict judge(Evaluation evaluation) {
        Verdict verdict = judge(evaluation.getReport());
        List<String> doubts = EvaluationDoubts.of(evaluation);
        if (doubts.isEmpty()) {
            return verdict;
        }
        List<String> reasons = new ArrayList<>(doubts);
        reasons.addAll(verdict.reasons());
        return new Verdict(false, reasons);
    }

    Verdict judge(EvaluationReport report) {
        long rows = report.getTuned().getRows();
        if (rows == 0 || rows != report.getBase().getRows()) {
            return held("the evaluation compares %d rows of the tuned model with %d of its base"
                    .formatted(rows, report.getBase().getRows()));
        }
        double base = metric.of(report.getBase());
        double tuned = metric.of(report.getTuned());
        if (!Double.isFinite(base) || !Double.isFinite(tuned)) {
            return held("%s is not a number: tuned %s, base %s".formatted(metric.label, tuned, base));
        }
        boolean better = metric.improvement(base, tuned) > minImprovement;
        List<String> reasons = new ArrayList<>();
        reasons.add(compared(
                better ? "better than base" : tuned == base ? "no better than base" : "not better enough than base",
                metric,
                report));
        if (!better && metric != Metric.LOSS) {
            // A reviewer looks at the loss next.
            reasons.add(compared("for the reviewer", Metric.LOSS, report));
        }
        return new Verdict(better, reasons);
    }

    private String compared(String finding, Metric shown, EvaluationReport report) {
        return String.format(
                Locale.ROOT,
                "%s: %s %.4f tuned against %.4f base on %d held-out rows%s",
                finding,
                shown.label,
                shown.of(report.getTuned()),
                shown.of(report.getBase()),
                report.getTuned().getRows(),
                shown == metric && minImprovement > 0 ? ", more than " + minImprovement + " better is asked for" : "");
    }

    private static Verdict held(String reason) {
        return new Verdict(false, List.of(reason));
    }
}
