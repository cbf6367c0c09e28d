package dev.finetide.eval;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.metrics.stats.Comparison;
import dev.finetide.metrics.stats.Sample;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.RowFacts;
import dev.finetide.proto.evaluation.v1.Slice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Measures the arms on slices of the rows by the primary metric, and compares them with the base there. The more
/// slices there are, the more a difference must be to count (Holm over all of them).
final class SliceReports {
    private final List<EvaluationArm> arms;
    private final Map<String, double[][][]> statistics;
    private final MetricInfo metric;
    private final Bootstrap bootstrap;

    /// @param arms       arms that have not failed, in the order of tables
    /// @param statistics statistics of the metric by arm, `[row][draw][statistic]`
    SliceReports(
            List<EvaluationArm> arms, Map<String, double[][][]> statistics, MetricInfo metric, Bootstrap bootstrap) {
        this.arms = arms;
        this.statistics = statistics;
        this.metric = metric;
        this.bootstrap = bootstrap;
    }

    /// Returns the facts that results carry, by the row's number.
    static Map<Integer, RowFacts> facts(Iterable<ExampleResult> outcomes) {
        Map<Integer, RowFacts> facts = new TreeMap<>();
        for (ExampleResult outcome : outcomes) {
            if (outcome.hasFacts()) {
                facts.putIfAbsent(Math.toIntExact(outcome.getRow()), outcome.getFacts());
            }
        }
        return facts;
    }

    List<Slice> slices(Map<Integer, RowFacts> facts) {
        List<Slice.Builder> slices = new ArrayList<>();
        ArmPairs pairs = new ArmPairs(metric.getName());
        List<Slice.Builder> compared = new ArrayList<>();
        Optional<String> base = base();
        for (RowSlices.Group group : new RowSlices(facts).groups()) {
            Slice.Builder slice = Slice.newBuilder()
                    .setField(group.field())
                    .setValue(group.value())
                    .setRows(group.rows().size());
            Map<String, Sample> samples = samples(group.rows());
            samples.forEach((arm, sample) -> slice.putScores(arm, Scores.score(sample)));
            for (String subject : subjects()) {
                if (base.isPresent() && samples.containsKey(subject) && samples.containsKey(base.get())) {
                    pairs.add(subject, base.get(), Comparison.of(samples.get(subject), samples.get(base.get())));
                    compared.add(slice);
                }
            }
            slices.add(slice);
        }
        List<dev.finetide.proto.evaluation.v1.Comparison> judged = pairs.judged();
        for (int i = 0; i < judged.size(); i++) {
            compared.get(i).addComparisons(judged.get(i));
        }
        return slices.stream().map(Slice.Builder::build).toList();
    }

    private Map<String, Sample> samples(List<Integer> rows) {
        Map<String, Sample> samples = new LinkedHashMap<>();
        statistics.forEach((arm, all) -> {
            Sample sample = Sample.ofRepeats(
                    Aggregate.valueOf(metric.getAggregate().name()),
                    metric.getHigherIsBetter(),
                    rows.stream().map(row -> all[row]).toArray(double[][][]::new),
                    bootstrap);
            if (sample.rows() > 0 && !Double.isNaN(sample.value())) {
                samples.put(arm, sample);
            }
        });
        return samples;
    }

    private Optional<String> base() {
        return arms.stream()
                .filter(SliceReports::isBase)
                .findFirst()
                .map(arm -> arm.getArm().getName());
    }

    /// Returns the arms that are compared with the base: those with another model, or all others if there is none.
    private List<String> subjects() {
        List<String> others = arms.stream()
                .filter(arm -> !isBase(arm))
                .map(arm -> arm.getArm().getName())
                .toList();
        return others.isEmpty()
                ? arms.stream()
                        .map(arm -> arm.getArm().getName())
                        .filter(arm -> !base().equals(Optional.of(arm)))
                        .toList()
                : others;
    }

    private static boolean isBase(EvaluationArm arm) {
        ArmModel model = arm.getArm().getModel();
        return model == ArmModel.BASE || model == ArmModel.ARM_MODEL_UNSPECIFIED;
    }
}
