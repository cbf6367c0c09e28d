package dev.finetide.eval;

import dev.finetide.kit.launch.StandInAttempt;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import dev.finetide.proto.worker.v1.ExampleResults;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;

/// Plays an evaluating worker without a model: ten rows a batch, 50 ms each batch. The run's seed selects what goes
/// wrong.
public final class StandInWorker {
    /// The seed of a run whose first attempt dies without a report after three batches.
    static final int DIES_ONCE = 137;

    private StandInWorker() {}

    public static void main(String[] arguments) throws Exception {
        try (StandInAttempt attempt = StandInAttempt.claim(StandInAttempt.spec(arguments))) {
            evaluate(attempt);
        }
    }

    private static void evaluate(StandInAttempt attempt) throws InterruptedException {
        WorkerSpec spec = attempt.spec();
        attempt.report(
                WorkerEvent.newBuilder().setStarted(WorkerStarted.newBuilder().setDevice("stand-in")));
        long rows = spec.getDatasetVersion().getTestRows();
        for (long from = 0; from < rows; from += 10) {
            Thread.sleep(50);
            attempt.report(answers(Variant.BASE, from, Math.min(rows, from + 10)));
            attempt.report(answers(Variant.TUNED, from, Math.min(rows, from + 10)));
            boolean dies = spec.getEvaluate().getConfig().getSeed() == DIES_ONCE && spec.getAttempt() == 1;
            if (from == 20 && dies) {
                attempt.die(DIES_ONCE);
            }
        }
        attempt.report(WorkerEvent.newBuilder()
                .setEvaluationFinished(EvaluationReport.newBuilder()
                        .setBase(VariantMetrics.newBuilder().setRows(rows).setExactMatch(0.1))
                        .setTuned(VariantMetrics.newBuilder().setRows(rows).setExactMatch(0.9))));
    }

    private static WorkerEvent.Builder answers(Variant variant, long from, long to) {
        ExampleResults.Builder results = ExampleResults.newBuilder();
        for (long row = from; row < to; row++) {
            results.addResults(ExampleResult.newBuilder().setRow(row).setVariant(variant));
        }
        return WorkerEvent.newBuilder().setResults(results);
    }
}
