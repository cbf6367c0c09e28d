package dev.finetide.worker;

import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Reads the answers of arms back from the service, which alone has those of earlier attempts. A judge
/// reads them when the service has taken every answer of this attempt, too.
final class JudgedAnswers {
    private static final Duration CALL = Duration.ofSeconds(5);
    private static final int PAUSE_MS = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Map<String, Map<Integer, String>> answers = new LinkedHashMap<>();
    private final Set<Integer> rows;
    private final Set<String> failed = new HashSet<>();
    private long last;

    /// @param arms names of the arms, in the order of the evaluation
    /// @param rows places of the rows whose answers are needed
    JudgedAnswers(List<String> arms, Collection<Integer> rows) {
        arms.forEach(arm -> answers.put(arm, new HashMap<>()));
        this.rows = Set.copyOf(rows);
    }

    /// Reads until each arm that has not failed has an answer to each row.
    ///
    /// @return false when the reading was stopped
    /// @throws WorkerFailure UNREACHABLE when the service has told nothing new for minutes
    boolean read(AttemptClient service, BooleanSupplier stopped) throws InterruptedException {
        long heard = System.nanoTime();
        while (!stopped.getAsBoolean()) {
            long before = last;
            if (service.readUpdates(last, CALL, this::take)) {
                return true;
            }
            if (last > before) {
                heard = System.nanoTime();
            } else if (System.nanoTime() - heard > PATIENCE.toNanos()) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.UNREACHABLE,
                        "the service does not show the answers that are to be judged");
            } else {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            }
        }
        return false;
    }

    /// Takes an update.
    ///
    /// @return whether everything that a judge needs is there
    boolean take(EvaluationUpdate update) {
        last = Math.max(last, update.getSequence());
        switch (update.getUpdateCase()) {
            case EVALUATION ->
                update.getEvaluation().getArmsList().stream()
                        .filter(arm -> arm.hasError())
                        .forEach(arm -> failed.add(arm.getArm().getName()));
            case RESULT -> take(update.getResult());
            case JUDGE_REPLY, UPDATE_NOT_SET -> {}
        }
        return answers.entrySet().stream()
                .allMatch(arm -> failed.contains(arm.getKey()) || arm.getValue().size() == rows.size());
    }

    private void take(ExampleResult result) {
        Map<Integer, String> of = answers.get(result.getArm());
        int row = (int) result.getRow();
        if (of != null && result.getProbe().isEmpty() && result.getRepeat() == 0 && rows.contains(row)) {
            of.putIfAbsent(row, result.getOutput());
        }
    }

    /// Returns the answers by arm, without arms that have failed.
    Map<String, Map<Integer, String>> byArm() {
        Map<String, Map<Integer, String>> going = new LinkedHashMap<>(answers);
        going.keySet().removeAll(failed);
        return going;
    }
}
