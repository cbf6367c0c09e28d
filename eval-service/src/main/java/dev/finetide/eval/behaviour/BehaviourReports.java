package dev.finetide.eval.behaviour;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.metrics.stats.Holm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.ProbeRows;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/// Measures what training has changed beside the task, from the results of all rows and probes.
public final class BehaviourReports {
    private static final String LOSS = "loss";
    private static final String HARMLESS = "harmless prompts";

    private final Evaluation evaluation;
    private final Map<String, List<ExampleResult>> results;
    private final BiFunction<ExampleResult, String, double[]> statistics;
    private final Bootstrap bootstrap;

    /// @param results results of all arms by the arm's name, those of probes included
    /// @param statistics statistics of a result by the metric's name; null where it has none
    public BehaviourReports(
            Evaluation evaluation,
            Map<String, List<ExampleResult>> results,
            BiFunction<ExampleResult, String, double[]> statistics,
            Bootstrap bootstrap) {
        this.evaluation = evaluation;
        this.results = results;
        this.statistics = statistics;
        this.bootstrap = bootstrap;
    }

    /// Returns the behaviours of all trained arms that have not failed; none without an arm of the
    /// base alone.
    public List<Behaviour> behaviours() {
        Optional<EvaluationArm> base = evaluation.getArmsList().stream()
                .filter(arm -> arm.getArm().getModel() == ArmModel.BASE
                        || arm.getArm().getModel() == ArmModel.ARM_MODEL_UNSPECIFIED)
                .findFirst();
        List<Finding> findings = new ArrayList<>();
        for (EvaluationArm arm : evaluation.getArmsList()) {
            if (isTrained(arm) && !arm.hasError()) {
                findings.addAll(findings(arm, base));
            }
        }
        return judged(findings);
    }

    private static boolean isTrained(EvaluationArm arm) {
        return arm.getArm().getModel() == ArmModel.TUNED || arm.getArm().getModel() == ArmModel.MODEL_VERSION;
    }

    private List<Finding> findings(EvaluationArm arm, Optional<EvaluationArm> base) {
        String baseName = base.map(one -> one.getArm().getName()).orElse("");
        Pair pair = new Pair(arm.getArm().getName(), of(arm.getArm().getName()), baseName, of(baseName), bootstrap);
        List<ProbeRows> probes = arm.getProbed() ? evaluation.getRows().getProbesList() : List.<ProbeRows>of();
        List<Finding> findings = new ArrayList<>();
        if (base.isEmpty() || base.get().hasError()) {
            String why = base.isEmpty()
                    ? "no arm of the base alone was asked, with which it could be compared"
                    : "arm " + baseName + ", with which it would be compared, failed";
            probes.forEach(probe -> findings.add(Finding.none(pair, probe.getKind(), probe.getName(), why)));
            return findings;
        }
        for (ProbeRows probe : probes) {
            List<Finding> found = ofProbe(pair, probe);
            findings.addAll(found.isEmpty() ? List.of(nothing(pair, probe)) : found);
        }
        findings.addAll(DriftFindings.of(pair, HARMLESS));
        return findings;
    }

    private ArmResults of(String arm) {
        return new ArmResults(results.getOrDefault(arm, List.of()));
    }

    private List<Finding> ofProbe(Pair pair, ProbeRows probe) {
        return switch (probe.getKind()) {
            case GENERALISATION -> GeneralisationFindings.of(pair, probe.getName(), taskNumbers());
            case FORGETTING -> one(pair, probe, loss(pair, probe.getName()));
            case MEMORISATION -> one(pair, probe, RowStatistic.rate("memorised"));
            case OVER_REFUSAL -> one(pair, probe, RowStatistic.rate("refused"));
            case UNSAFE_ANSWERS -> one(pair, probe, RowStatistic.rate("unsafe"));
            case DRIFT, BEHAVIOUR_KIND_UNSPECIFIED, UNRECOGNIZED -> List.of();
        };
    }

    private static List<Finding> one(Pair pair, ProbeRows probe, RowStatistic statistic) {
        return pair.compare(probe.getName(), statistic)
                .map(found -> List.of(Finding.of(pair, probe.getKind(), probe.getName(), statistic, found)))
                .orElse(List.of());
    }

    private static Finding nothing(Pair pair, ProbeRows probe) {
        return Finding.none(
                pair,
                probe.getKind(),
                probe.getName(),
                probe.getNone().isEmpty() ? "no row could be measured with both models" : probe.getNone());
    }

    /// Returns the loss in nats a token, or in bits a byte where both models cut the texts into
    /// different tokens.
    private static RowStatistic loss(Pair pair, String probe) {
        Map<Long, ExampleResult> base = pair.baseResults().of(probe);
        boolean sameTokens = pair.arm().of(probe).entrySet().stream()
                .filter(row -> row.getValue().getTokens() > 0 && base.containsKey(row.getKey()))
                .filter(row -> base.get(row.getKey()).getTokens() > 0)
                .allMatch(row ->
                        row.getValue().getTokens() == base.get(row.getKey()).getTokens());
        return sameTokens ? RowStatistic.LOSS : RowStatistic.BITS_PER_BYTE;
    }

    /// Returns the primary metric and the loss.
    private List<RowStatistic> taskNumbers() {
        List<RowStatistic> numbers = new ArrayList<>();
        evaluation.getRows().getMetricsList().stream()
                .findFirst()
                .filter(metric ->
                        !metric.getDescribesOnly() && !metric.getName().equals(LOSS))
                .map(this::number)
                .ifPresent(numbers::add);
        numbers.add(RowStatistic.LOSS);
        return numbers;
    }

    private RowStatistic number(MetricInfo metric) {
        return new RowStatistic(
                metric.getName(),
                Aggregate.valueOf(metric.getAggregate().name()),
                metric.getHigherIsBetter(),
                true,
                result -> statistics.apply(result, metric.getName()));
    }

    /// Returns the findings with their verdicts, after Holm's correction over all of them.
    private List<Behaviour> judged(List<Finding> findings) {
        double[] adjusted = Holm.adjust(findings.stream()
                .flatMap(finding -> finding.pValue().stream())
                .mapToDouble(Double::doubleValue)
                .toArray());
        List<Behaviour> judged = new ArrayList<>();
        int next = 0;
        for (Finding finding : findings) {
            double pValue = finding.pValue().isPresent() ? adjusted[next++] : Double.NaN;
            Behaviour behaviour = finding.judged(pValue);
            judged.add(
                    isTooShort(behaviour)
                            ? behaviour.toBuilder()
                                    .setVerdict(Verdict.NOT_DISTINGUISHABLE)
                                    .build()
                            : behaviour);
        }
        return judged;
    }

    private boolean isTooShort(Behaviour behaviour) {
        return behaviour.getKind() == BehaviourKind.MEMORISATION
                && !behaviour.getUnmeasured().isEmpty()
                && evaluation.getRows().getProbesList().stream()
                        .anyMatch(probe -> probe.getName().equals(behaviour.getProbe()) && probe.getTooShort());
    }
}
