package dev.finetide.eval;

import dev.finetide.kit.metric.WorkMeters;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.Consumer;

/// Counts evaluations from the updates that clients see. No label carries an evaluation.
///
/// Invariants: those of [WorkMeters]; rows of a lost attempt count again when the next attempt answers them, because
/// they were computed again.
/// Alerts: `FinetideEvaluationsFailing`, `FinetideQueueStuck`.
final class EvaluationMeters implements Consumer<EvaluationUpdate> {
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
                work.count(history, history.getLast().getActor());
            }
            case RESULT ->
                rows.withTag("variant", update.getResult().getVariant().name()).increment();
            case UPDATE_NOT_SET -> {}
        }
    }
}
