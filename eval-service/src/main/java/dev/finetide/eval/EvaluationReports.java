package dev.finetide.eval;

import dev.finetide.eval.behaviour.BehaviourReports;
import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.metrics.stats.Comparison;
import dev.finetide.metrics.stats.Sample;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.RowFacts;
import dev.finetide.proto.evaluation.v1.Slice;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Makes the report of an evaluation from the outcomes of its rows. The same outcomes always make the same report,
/// because the draws of all intervals are seeded.
final class EvaluationReports {
    private static final long SEED = 20_260_101;

    private final Evaluation evaluation;
    private final int rows;
    private final Map<String, List<ExampleResult>> outcomes;
    private final Map<String, List<ExampleResult>> all;
    private final Bootstrap bootstrap = new Bootstrap(SEED);

    /// @param outcomes outcomes of all arms, those of probes included; of those of an arm that failed only the
    ///     price counts
    EvaluationReports(Evaluation evaluation, List<ExampleResult> outcomes) {
        this.evaluation = evaluation;
        this.rows = Math.toIntExact(evaluation.getRows().getRows());
        this.all = outcomes.stream().collect(Collectors.groupingBy(ExampleResult::getArm));
        this.outcomes = outcomes.stream()
                .filter(result -> result.getProbe().isEmpty())
                .collect(Collectors.groupingBy(ExampleResult::getArm));
    }

    EvaluationReport report(EvaluationFinished finished) {
        EvaluationReport.Builder report = EvaluationReport.newBuilder()
                .setSeconds(finished.getSeconds())
                .setPeakMemoryBytes(finished.getPeakMemoryBytes())
                .setRowReport(evaluation.getRows().getRowReport())
                .setMaxNewTokens(evaluation.getRows().getMaxNewTokens())
                .setRows(rows)
                .setTask(evaluation.getRows().getTask())
                .setSplitLooks(evaluation.getSplitLooks());
        List<MetricInfo> metrics = evaluation.getRows().getMetricsList();
        Map<String, ArmReport.Builder> arms = new LinkedHashMap<>();
        for (EvaluationArm arm : evaluation.getArmsList()) {
            arms.put(arm.getArm().getName(), costs(arm));
        }
        for (int m = 0; m < metrics.size(); m++) {
            MetricInfo metric = metrics.get(m);
            report.addMetrics(metric.getName());
            Map<String, Sample> samples = samples(metric);
            samples.forEach((arm, sample) -> arms.get(arm).putScores(metric.getName(), Scores.score(sample)));
            ArmPairs pairs = compare(metric.getName(), samples, m == 0);
            if (!metric.getDescribesOnly()) {
                report.addAllComparisons(pairs.judged());
            }
            if (m == 0) {
                samples.forEach((arm, sample) -> Scores.spread(sample, arms.get(arm)));
                report.setDetectableDifference(pairs.detectableDifference());
            }
        }
        if (!metrics.isEmpty() && !metrics.getFirst().getDescribesOnly()) {
            report.addAllSlices(slices(metrics.getFirst()));
        }
        BreakEven.fill(arms.values(), metrics);
        arms.values().forEach(report::addArms);
        report.addAllBehaviours(new BehaviourReports(evaluation, all, Scores::statistics, bootstrap).behaviours());
        if (!metrics.isEmpty()) {
            report.setRecommendation(
                    new Recommender(report, evaluation.getRows().getData()).recommendation());
        }
        return report.build();
    }

    private ArmReport.Builder costs(EvaluationArm arm) {
        return ArmCosts.report(
                arm,
                outcomes.getOrDefault(arm.getArm().getName(), List.of()),
                evaluation.getRows().getLabelsList());
    }

    /// Returns the statistics of a metric by arm, for the arms on which it could be measured.
    private Map<String, Sample> samples(MetricInfo metric) {
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (EvaluationArm arm : evaluation.getArmsList()) {
            if (!arm.hasError()) {
                Sample sample = Sample.ofRepeats(
                        Aggregate.valueOf(metric.getAggregate().name()),
                        metric.getHigherIsBetter(),
                        statistics(arm, metric),
                        bootstrap);
                if (sample.rows() > 0 && !Double.isNaN(sample.value())) {
                    samples.put(arm.getArm().getName(), sample);
                }
            }
        }
        return samples;
    }

    /// Returns the statistics of a metric, `[row][draw][statistic]`; null where the metric failed.
    private double[][][] statistics(EvaluationArm arm, MetricInfo metric) {
        double[][][] statistics = new double[rows][Repeats.of(arm)][];
        for (ExampleResult outcome : outcomes.getOrDefault(arm.getArm().getName(), List.of())) {
            statistics[Math.toIntExact(outcome.getRow())][outcome.getRepeat()] =
                    Scores.statistics(outcome, metric.getName());
        }
        return statistics;
    }

    private List<Slice> slices(MetricInfo metric) {
        List<EvaluationArm> going =
                evaluation.getArmsList().stream().filter(arm -> !arm.hasError()).toList();
        Map<String, double[][][]> statistics = new LinkedHashMap<>();
        going.forEach(arm -> statistics.put(arm.getArm().getName(), statistics(arm, metric)));
        Map<Integer, RowFacts> facts = SliceReports.facts(
                outcomes.values().stream().flatMap(List::stream).toList());
        return new SliceReports(going, statistics, metric, bootstrap).slices(facts);
    }

    /// Compares all pairs of arms by the primary metric, and all pairs with a tuned arm by another one.
    private ArmPairs compare(String metric, Map<String, Sample> samples, boolean primary) {
        ArmPairs pairs = new ArmPairs(metric);
        List<String> arms = inOrder(samples);
        for (int i = 0; i < arms.size(); i++) {
            for (int j = i + 1; j < arms.size(); j++) {
                String arm = arms.get(j);
                String other = arms.get(i);
                if (primary || isTuned(arm) || isTuned(other)) {
                    pairs.add(arm, other, Comparison.of(samples.get(arm), samples.get(other)));
                }
            }
        }
        return pairs;
    }

    /// Returns the names of arms so that a tuned arm stands in front of what it is compared with.
    private List<String> inOrder(Map<String, Sample> samples) {
        return samples.keySet().stream()
                .sorted(Comparator.comparing((String arm) -> isTuned(arm) ? 1 : 0))
                .toList();
    }

    private boolean isTuned(String name) {
        return evaluation.getArmsList().stream()
                .anyMatch(arm ->
                        arm.getArm().getName().equals(name) && arm.getArm().getModel() == ArmModel.TUNED);
    }
}
