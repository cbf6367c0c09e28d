package dev.finetide.registry;

import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.registry.PolicyRule.Demand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Approves a version without a reviewer if its arm of the evaluation keeps every rule, all arms were measured, and
/// nothing makes the numbers doubtful.
///
/// @param metric         metric to compare; the report's primary one if absent
/// @param minImprovement difference that a rule without its own number must exceed, in the metric's unit; 0 or more
/// @param rules          demands, all of which must hold; at least one
/// @param limits         limits to what training may change beside the task, all of which must hold
record ApprovalPolicy(
        Optional<String> metric, double minImprovement, List<PolicyRule> rules, List<BehaviourLimit> limits) {
    private static final String LOSS = "loss";

    /// Decision of the policy.
    ///
    /// @param approved whether the version is approved; otherwise it waits for a reviewer
    /// @param reasons  reasons with their numbers, those against an approval first
    record Verdict(boolean approved, List<String> reasons) {}

    /// Answer of one rule about one pair of arms.
    private record Finding(boolean kept, String reason) {}

    ApprovalPolicy {
        if (!(minImprovement >= 0) || Double.isInfinite(minImprovement)) {
            throw new IllegalArgumentException(
                    "registry.policy.min-improvement: expected a number of 0 or more, got " + minImprovement);
        }
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("registry.policy.rules: expected at least one rule");
        }
        rules = List.copyOf(rules);
        limits = List.copyOf(limits);
    }

    /// Reads the settings.
    static ApprovalPolicy of(Optional<String> metric, double minImprovement, List<String> rules) {
        return new ApprovalPolicy(
                metric.map(name -> PolicyRule.metricName("registry.policy.metric", name)),
                minImprovement,
                rules.stream().map(PolicyRule::parse).toList(),
                List.of());
    }

    /// Returns the same policy with limits to what training may change beside the task.
    ApprovalPolicy within(List<String> texts) {
        return new ApprovalPolicy(
                metric,
                minImprovement,
                rules,
                texts.stream().map(BehaviourLimit::parse).toList());
    }

    /// Judges an evaluation. Doubtful numbers and arms without numbers hold the version, however good the others are.
    ///
    /// @param approved resource name of the version of the same model that is approved now
    Verdict judge(Evaluation evaluation, Optional<String> approved) {
        ArmPairs pairs = new ArmPairs(evaluation);
        Optional<ArmReport> tuned = pairs.tuned();
        if (tuned.isEmpty() || tuned.get().getRows() == 0 && !tuned.get().hasError()) {
            return new Verdict(false, List.of("the evaluation has no answers of the trained model"));
        }
        List<String> against = new ArrayList<>(EvaluationDoubts.of(evaluation, tuned.get()));
        against.addAll(failedArms(evaluation));
        List<Finding> findings = tuned.get().hasError()
                ? List.of()
                : rules.stream()
                        .flatMap(rule -> new Judge(pairs, tuned.get().getArm(), approved).findings(rule))
                        .toList();
        findings.stream().filter(finding -> !finding.kept).map(Finding::reason).forEach(against::add);
        List<BehaviourLimit.Finding> behaviour = tuned.get().hasError()
                ? List.of()
                : limits.stream()
                        .flatMap(limit ->
                                limit
                                        .findings(
                                                tuned.get().getArm(),
                                                evaluation.getReport().getBehavioursList())
                                        .stream())
                        .toList();
        behaviour.stream()
                .filter(finding -> !finding.kept())
                .map(BehaviourLimit.Finding::reason)
                .forEach(against::add);
        List<String> reasons = new ArrayList<>(against);
        findings.stream().filter(Finding::kept).map(Finding::reason).forEach(reasons::add);
        behaviour.stream()
                .filter(BehaviourLimit.Finding::kept)
                .map(BehaviourLimit.Finding::reason)
                .forEach(reasons::add);
        if (findings.stream().anyMatch(finding -> !finding.kept)) {
            reasons.addAll(losses(pairs, tuned.get().getArm()));
        }
        return new Verdict(against.isEmpty(), reasons.stream().distinct().toList());
    }

    private static List<String> failedArms(Evaluation evaluation) {
        return evaluation.getReport().getArmsList().stream()
                .filter(ArmReport::hasError)
                .map(arm -> "arm " + arm.getArm() + " failed, so nothing is known about it: "
                        + arm.getError().getMessage())
                .toList();
    }

    /// Writes the losses against the untrained arms, at which a reviewer looks next.
    private List<String> losses(ArmPairs pairs, String tuned) {
        return primary(pairs).equals(LOSS)
                ? List.of()
                : pairs.untrained().stream()
                        .flatMap(other -> pairs.comparison(tuned, other, LOSS).stream())
                        .map(pair ->
                                "for the reviewer, " + tuned + " and " + pair.getOther() + ": " + pairs.numbers(pair))
                        .toList();
    }

    private String primary(ArmPairs pairs) {
        return metric.orElseGet(() -> pairs.evaluation().getReport().getMetricsList().stream()
                .findFirst()
                .orElse(""));
    }

    /// Judges one evaluation by single rules.
    private final class Judge {
        private final ArmPairs pairs;
        private final String tuned;
        private final Optional<String> approved;

        Judge(ArmPairs pairs, String tuned, Optional<String> approved) {
            this.pairs = pairs;
            this.tuned = tuned;
            this.approved = approved;
        }

        Stream<Finding> findings(PolicyRule rule) {
            String arm = rule.arm().equals(PolicyRule.TUNED) ? tuned : rule.arm();
            return switch (rule.other()) {
                case PolicyRule.UNTRAINED -> {
                    List<String> untrained = pairs.untrained().stream()
                            .filter(other -> !other.equals(arm))
                            .toList();
                    yield untrained.isEmpty()
                            ? Stream.of(
                                    broken("no untrained arm was measured, so nothing says that training has helped"))
                            : untrained.stream().map(other -> finding(rule, arm, other));
                }
                case PolicyRule.APPROVED -> approved.stream().map(version -> againstVersion(rule, arm, version));
                default -> Stream.of(finding(rule, arm, rule.other().equals(PolicyRule.TUNED) ? tuned : rule.other()));
            };
        }

        private Finding againstVersion(PolicyRule rule, String arm, String version) {
            return pairs.armOf(version)
                    .map(other -> finding(rule, arm, other))
                    .orElseGet(() -> broken(ArmPairs.brief(version)
                            + " is approved now and was not asked in this evaluation, so nothing says that " + arm
                            + " is as good"));
        }

        private Finding finding(PolicyRule rule, String arm, String other) {
            for (String name : List.of(arm, other)) {
                Optional<ArmReport> report = pairs.arm(name);
                if (report.isEmpty()) {
                    return broken("rule \"" + rule.text() + "\": the evaluation has no arm " + name);
                }
                if (report.get().hasError()) {
                    return broken("rule \"" + rule.text() + "\": arm " + name + " failed");
                }
            }
            String name = rule.metric().orElseGet(() -> primary(pairs));
            double value = pairs.value(arm, name);
            double rival = pairs.value(other, name);
            Optional<Comparison> pair = pairs.comparison(arm, other, name);
            if (!Double.isFinite(value) || !Double.isFinite(rival)) {
                return broken("%s is not a number: %s %s, %s %s".formatted(name, arm, value, other, rival));
            }
            return pair.map(compared -> finding(rule, compared))
                    .orElseGet(
                            () -> broken("the report does not compare %s with %s by %s".formatted(arm, other, name)));
        }

        private Finding finding(PolicyRule rule, Comparison pair) {
            boolean beats = rule.demand() == Demand.BEATS;
            double by = beats ? rule.by().orElse(minImprovement) : 0;
            String other = pairs.label(pair.getOther());
            String numbers = ": " + pairs.numbers(pair);
            return switch (pair.getVerdict()) {
                case BETTER -> {
                    boolean kept = !beats || pair.getDifference() > by;
                    yield new Finding(
                            kept,
                            pair.getArm()
                                    + (kept ? " better than " : " not better enough than ")
                                    + other
                                    + numbers
                                    + (by > 0 ? "; more than " + by + " is asked for" : ""));
                }
                case WORSE -> broken(pair.getArm() + " worse than " + other + numbers);
                case NOT_DISTINGUISHABLE ->
                    new Finding(
                            !beats,
                            pair.getArm() + " not distinguishable from " + other + " with " + ArmPairs.rows(pair)
                                    + " rows" + rowsNeeded(pair) + numbers);
                case VERDICT_UNSPECIFIED, UNRECOGNIZED ->
                    broken("the report does not say whether " + pair.getArm() + " is better than " + other + numbers);
            };
        }

        private static String rowsNeeded(Comparison pair) {
            return pair.getRowsNeeded() > 0 ? ", about " + pair.getRowsNeeded() + " would do" : "";
        }

        private static Finding broken(String reason) {
            return new Finding(false, reason);
        }
    }
}
