package dev.finetide.eval;

import dev.finetide.kit.metric.WorkMeters;
import dev.finetide.kit.rule.ArmRules;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Counts evaluations from the updates that clients see. No label carries an evaluation, or an arm's name
/// that a user has chosen.
///
/// Invariants: those of [WorkMeters]; rows of a lost attempt count again when the next attempt answers them, because
/// they were computed again.
/// Alerts: `FinetideEvaluationsFailing`, `FinetideQueueStuck`.
final class EvaluationMeters implements Consumer<EvaluationUpdate> {
    private static final Set<String> LABELLED = Set.of("base", "few-shot", "tuned", ArmRules.APPROVED);

    private final WorkMeters work;
    private final MeterProvider<Counter> rows;

    EvaluationMeters(Database database, MeterRegistry meters) {
        this.work = new WorkMeters(database, meters, "evaluation", "Evaluations", State.RUNNING, "starting", "running");
        this.rows = Counter.builder("finetide.evaluation.rows")
                .description("Held-out rows answered")
                .withRegistry(meters);
    }

    @Override
    public void accept(EvaluationUpdate update) {
        switch (update.getUpdateCase()) {
            case EVALUATION -> {
                List<StateChange> history = update.getEvaluation().getHistoryList();
                // Other updates show progress in the same state.
                if (history.getLast().getTime().equals(update.getTime())) {
                    work.count(history, history.getLast().getActor());
                }
            }
            case RESULT ->
                rows.withTag("arm", label(update.getResult().getArm())).increment();
            case JUDGE_REPLY, UPDATE_NOT_SET -> {}
        }
    }

    /// Returns the arm's name where it is one that many evaluations have, because names of arms are the user's.
    private static String label(String arm) {
        return LABELLED.contains(arm) ? arm : "other";
    }
}
