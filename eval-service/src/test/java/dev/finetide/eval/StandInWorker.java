package dev.finetide.eval;

import dev.finetide.kit.launch.StandInAttempt;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import dev.finetide.proto.worker.v1.ExampleResults;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

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
        long rows = spec.getDatasetVersion().getTestRows();
        attempt.report(WorkerEvent.newBuilder()
                .setStarted(WorkerStarted.newBuilder().setDevice("stand-in").setEvaluationRows(Stage.someRows(rows))));
        Map<String, BitSet> answered = new HashMap<>();
        for (AnsweredRows before : attempt.claim().getAnsweredList()) {
            answered.put(before.getArm(), BitSet.valueOf(before.getRows().toByteArray()));
        }
        for (long from = 0; from < rows; from += 10) {
            Thread.sleep(50);
            for (EvaluationArm arm : spec.getEvaluate().getArmsList()) {
                String name = arm.getArm().getName();
                attempt.report(
                        answers(name, from, Math.min(rows, from + 10), answered.getOrDefault(name, new BitSet())));
            }
            boolean dies = spec.getEvaluate().getConfig().getSeed() == DIES_ONCE && spec.getAttempt() == 1;
            if (from == 20 && dies) {
                attempt.die(DIES_ONCE);
            }
        }
        attempt.report(WorkerEvent.newBuilder().setEvaluationFinished(EvaluationFinished.getDefaultInstance()));
    }

    private static WorkerEvent.Builder answers(String arm, long from, long to, BitSet answered) {
        ExampleResults.Builder results = ExampleResults.newBuilder();
        for (long row = from; row < to; row++) {
            if (!answered.get((int) row)) {
                boolean right = arm.equals("tuned") ? row % 10 != 0 : row % 10 == 0;
                results.addResults(ExampleResult.newBuilder()
                        .setRow(row)
                        .setArm(arm)
                        .setOutput(answered.isEmpty() ? "first worker" : "second worker")
                        .putScores("exact_match", right ? 1 : 0));
            }
        }
        return WorkerEvent.newBuilder().setResults(results);
    }
}
